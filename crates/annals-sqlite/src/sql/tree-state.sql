SELECT log.log_id, log.n_before_tree, (SELECT max(n) FROM tile WHERE level = 0) FROM log
