SELECT seq, space, recorded_at, event_type, resource, tool, client, details
FROM event INDEXED BY event_event_type WHERE event_type = 'context.query_executed'
UNION ALL
SELECT seq, space, recorded_at, event_type, resource, tool, client, details
FROM event INDEXED BY event_event_type WHERE event_type = 'resource.accessed'
ORDER BY seq
