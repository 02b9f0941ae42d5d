SELECT log_id, own_producer FROM log
