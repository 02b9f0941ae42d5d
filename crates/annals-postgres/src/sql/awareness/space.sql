SELECT s.n, (SELECT coalesce(sum(c.n_entries), 0)::BIGINT FROM entry_count AS c WHERE c.space = $1), (SELECT coalesce(max(t.n), 0) FROM entry_text AS t)
FROM entry_space AS s WHERE s.space = $1
