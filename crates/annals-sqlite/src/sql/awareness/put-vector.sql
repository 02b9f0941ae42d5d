INSERT INTO entry_vector (space, model, n, nth, digest, vector) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
