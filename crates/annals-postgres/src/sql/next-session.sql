-- The first session at or behind a name; `$2` says whether the name itself counts.
SELECT session_id FROM event
WHERE left(session_id, 200) >= left($1, 200) AND session_id >= $1 AND ($2 OR session_id > $1)
ORDER BY left(session_id, 200), session_id
LIMIT 1
