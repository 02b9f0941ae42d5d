SELECT vkey, from_size FROM log_key ORDER BY n
