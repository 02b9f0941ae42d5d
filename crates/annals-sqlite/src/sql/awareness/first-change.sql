SELECT seq FROM event INDEXED BY event_event_type
WHERE event_type = 'resource.modified' AND resource >= 'awareness:' AND resource < 'awareness;'
ORDER BY seq LIMIT 1
