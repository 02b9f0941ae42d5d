UPDATE entry_embedding AS e SET model = $1, refused = done.refused
FROM unnest($2, $3, $4) AS done (n, refused, generation)
WHERE e.n = done.n AND e.generation = done.generation
RETURNING e.n, e.space
