INSERT INTO entry_vector (n, model, nth, space, digest, vector) VALUES ($1, $2, $3, $4, $5, $6)
