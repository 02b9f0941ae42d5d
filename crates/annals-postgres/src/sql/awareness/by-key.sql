
FROM entry AS e WHERE e.space = $1 AND e.key_digest = $2 AND e.deleted IS NULL
