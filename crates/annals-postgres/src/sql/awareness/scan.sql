, e.space, e.name, e.state, e.due, e.learned_from, e.schema, e.has_effect, e.key_digest, e.name_digest
FROM entry AS e WHERE e.n > $1 ORDER BY e.n LIMIT $2
