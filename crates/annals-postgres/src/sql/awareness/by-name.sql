
FROM entry AS e WHERE e.space = $1 AND e.name_digest = $2 AND e.deleted IS NULL
