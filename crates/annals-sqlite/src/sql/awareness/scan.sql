, e.space, e.name, e.state, e.due, e.learned_from, e.schema, e.has_effect
FROM entry AS e ORDER BY e.n
