SELECT DISTINCT id / 1024 FROM entry_usage WHERE id >= $1
