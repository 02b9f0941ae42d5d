SELECT log_id, own_producer, n_before_tree FROM log
