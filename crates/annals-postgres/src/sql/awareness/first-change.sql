SELECT seq FROM event
WHERE event_type = 'resource.modified' AND resource >= 'awareness:' AND resource < 'awareness;'
ORDER BY seq LIMIT 1
