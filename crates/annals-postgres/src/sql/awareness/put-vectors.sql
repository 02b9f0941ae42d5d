-- All numbers come in one array, of which each vector is a part.
INSERT INTO entry_vector (n, model, nth, space, digest, vector)
SELECT put.n, $1, put.nth, put.space, put.digest, ($6)[put.first:put.last]
FROM unnest($2, $3, $4, $5, $7, $8) AS put (n, nth, space, digest, first, last)
