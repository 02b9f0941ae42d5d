SELECT
    0, t.n, NULL::BIGINT, t.tag, NULL::BYTEA, t.space FROM entry_tag AS t WHERE t.n = ANY ($1)
UNION ALL
SELECT 1, l.n, NULL, NULL, l.target, l.space FROM entry_link AS l WHERE l.n = ANY ($1)
UNION ALL
SELECT 2, c.n, c.at, c.changed, NULL, c.space FROM (SELECT * FROM entry_change WHERE n = ANY ($1) ORDER BY n, nth) AS c
