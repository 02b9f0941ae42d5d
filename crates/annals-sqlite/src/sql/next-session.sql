SELECT session_id FROM event WHERE session_id >= ?1 ORDER BY session_id LIMIT 1
