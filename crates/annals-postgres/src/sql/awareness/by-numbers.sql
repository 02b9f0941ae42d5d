
FROM entry AS e WHERE e.n = ANY ($1)
