INSERT INTO log (one, log_id, own_producer, created_at, n_before_tree) VALUES (1, ?1, ?2, ?3, 0)
ON CONFLICT DO NOTHING
