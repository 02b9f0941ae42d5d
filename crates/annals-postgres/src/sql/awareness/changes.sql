SELECT e.id, change.at, change.changed
FROM entry AS e JOIN entry_change AS change ON change.n = e.n
WHERE e.space = $1 AND e.id = ANY ($2)
ORDER BY change.n, change.nth
