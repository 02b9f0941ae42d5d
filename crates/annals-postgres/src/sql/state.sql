-- How the log stands: its name, its last row, and its last tile of leaves.
SELECT log.log_id, log.n_before_tree, newest.seq, newest.recorded_at, tile.n, tile.n_bytes
FROM log
    LEFT JOIN LATERAL (SELECT seq, recorded_at FROM event ORDER BY seq DESC LIMIT 1) AS newest ON TRUE
    LEFT JOIN LATERAL (
        SELECT n, length(hashes)::BIGINT AS n_bytes FROM tile WHERE level = 0 ORDER BY n DESC LIMIT 1
    ) AS tile ON TRUE
