-- The last tile of each level of the tree.
SELECT edge.level, edge.n, edge.hashes
FROM generate_series(0, 7) AS each (level)
    CROSS JOIN LATERAL (SELECT * FROM tile WHERE tile.level = each.level ORDER BY n DESC LIMIT 1) AS edge
