INSERT INTO entry_embedding (n, space, model, refused, generation) VALUES (?1, ?2, 0, 0, 1)
