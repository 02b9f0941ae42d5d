-- All rows from a `seq` on, each with whether this user is in it, and whether it has details. All and not only those that fit, so that a read ends after so many.
SELECT seq, event_type, recorded_at, coalesce(user_identity = $3 OR on_behalf_of = $3, FALSE), details IS NOT NULL
FROM event
WHERE seq >= $1
ORDER BY seq
LIMIT $2
