SELECT coalesce((SELECT max(seq) FROM event) + 1, 0), newest.n, newest.n_bytes
FROM (SELECT 1) AS one
    LEFT JOIN (SELECT n, length(hashes)::BIGINT AS n_bytes FROM tile WHERE level = 0 ORDER BY n DESC LIMIT 1) AS newest ON TRUE
