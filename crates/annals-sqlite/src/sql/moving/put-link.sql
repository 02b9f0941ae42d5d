INSERT INTO entry_link (space, target, n) SELECT e.space, ?2, e.n FROM entry AS e WHERE e.n = ?1
