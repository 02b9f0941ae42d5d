
FROM entry AS e WHERE e.space = $1 AND e.id = ANY ($2)
