SELECT
    (SELECT count(*) FROM entry_embedding WHERE model <> $1 AND ($2::TEXT IS NULL OR space = $2)),
    (SELECT count(*) FROM entry_embedding WHERE model = $1 AND refused AND ($2::TEXT IS NULL OR space = $2))
