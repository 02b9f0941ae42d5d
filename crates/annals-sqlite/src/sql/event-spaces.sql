SELECT n FROM event_space ORDER BY n
