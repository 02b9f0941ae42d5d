SELECT
    (SELECT count(*) FROM entries WHERE owner_id = $1), (SELECT count(*) FROM reads WHERE owner_id = $1),
    (SELECT count(*) FROM actions WHERE owner_id = $1)
