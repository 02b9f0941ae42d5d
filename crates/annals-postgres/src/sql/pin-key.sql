INSERT INTO log_key (n, log_id, vkey, from_size) VALUES ((SELECT coalesce(max(n), 0) + 1 FROM log_key), $1, $2, $3)
