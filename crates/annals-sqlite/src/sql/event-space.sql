SELECT n FROM event_space WHERE space = ?1
