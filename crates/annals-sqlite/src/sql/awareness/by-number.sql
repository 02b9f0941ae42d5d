
FROM entry AS e WHERE e.n = ?
