INSERT INTO log (one, log_id, own_producer, created_at, n_before_tree, n_to_scrub) VALUES (1, ?1, ?2, ?3, ?4, 1)
