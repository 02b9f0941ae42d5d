INSERT INTO embedding_model (name, dimension, serves) VALUES ($1, $2, NOT EXISTS (SELECT 1 FROM embedding_model WHERE serves)) RETURNING model
