SELECT s.n FROM entry AS e JOIN entry_space AS s ON s.space = e.space WHERE e.n = ?1
