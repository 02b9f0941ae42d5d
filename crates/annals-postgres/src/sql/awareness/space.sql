-- The number of a space, how many live entries it has, the number of its newest row, and since when this server runs.
SELECT s.n, (SELECT coalesce(sum(c.n_entries), 0)::BIGINT FROM entry_count AS c WHERE c.space = $1), coalesce((SELECT t.n FROM entry_text AS t WHERE t.space = $1 ORDER BY t.n DESC LIMIT 1), 0),
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::BIGINT
FROM entry_space AS s WHERE s.space = $1
