SELECT change.at, change.changed
FROM entry AS e CROSS JOIN entry_change AS change ON change.n = e.n
WHERE e.space = ?1 AND e.id = ?2
ORDER BY change.nth
