DELETE FROM entry_vector WHERE (n, model, nth) IN (
    (SELECT n, model, nth FROM entry_vector WHERE model < $1 LIMIT $2)
    UNION ALL
    (SELECT n, model, nth FROM entry_vector WHERE model > $1 LIMIT $2)
)
