-- The first type at or behind a name and before an end; `$3` says whether the name itself counts.
SELECT event_type FROM event
WHERE event_type >= $1 AND event_type < $2 AND ($3 OR event_type > $1)
ORDER BY event_type
LIMIT 1
