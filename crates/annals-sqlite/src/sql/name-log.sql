INSERT INTO log (one, log_id, own_producer, created_at) VALUES (1, ?1, ?2, ?3)
