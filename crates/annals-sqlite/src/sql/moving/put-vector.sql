INSERT INTO entry_vector (n, model, nth, digest, vector, space)
SELECT ?1, ?2, ?3, ?4, ?5, s.n FROM entry AS e JOIN entry_space AS s ON s.space = e.space WHERE e.n = ?1
