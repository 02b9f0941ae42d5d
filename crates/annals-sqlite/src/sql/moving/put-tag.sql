INSERT INTO entry_tag (space, tag, touched, id, n) SELECT e.space, ?2, e.touched, e.id, e.n FROM entry AS e WHERE e.n = ?1
