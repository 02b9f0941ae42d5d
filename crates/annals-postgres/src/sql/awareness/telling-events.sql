SELECT seq, space, recorded_at, event_type, resource, tool, client, details
FROM event WHERE event_type IN ('context.query_executed', 'resource.accessed') AND seq > $1
ORDER BY seq LIMIT $2
