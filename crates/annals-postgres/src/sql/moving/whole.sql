SELECT own_producer, created_at FROM log
