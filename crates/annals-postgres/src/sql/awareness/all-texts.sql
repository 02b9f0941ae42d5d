SELECT coalesce(t.n, e.n), e.id, t.title, t.body, t.labels, t.bag, tsvector_to_array(t.words), s.n
FROM entry AS e FULL JOIN entry_text AS t ON t.n = e.n AND t.space = e.space
    LEFT JOIN entry_space AS s ON s.space = e.space
WHERE coalesce(t.n, e.n) > $1
ORDER BY coalesce(t.n, e.n) LIMIT $2
