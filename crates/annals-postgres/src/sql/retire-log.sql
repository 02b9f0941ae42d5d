INSERT INTO log_history (n, log_id, n_events, replaced_at) SELECT (SELECT coalesce(max(n), 0) + 1 FROM log_history), log_id, $1, $2 FROM log
