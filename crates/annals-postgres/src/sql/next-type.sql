-- The first type behind a name and before an end.
SELECT event_type FROM event WHERE event_type > $1 AND event_type < $2 ORDER BY event_type LIMIT 1
