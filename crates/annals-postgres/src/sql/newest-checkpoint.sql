SELECT size, note, signed_at, kept, log_id FROM checkpoint ORDER BY size DESC LIMIT 1
