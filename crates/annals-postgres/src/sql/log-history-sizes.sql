SELECT log_id, n_events FROM log_history ORDER BY n DESC
