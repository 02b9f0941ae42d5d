SELECT log_id FROM log_history ORDER BY n DESC
