UPDATE entry_readings SET
    n_reads = n_reads - 1,
    last = coalesce((SELECT at FROM entry_usage WHERE space = ?1 AND entry = ?2 AND kind = 0 ORDER BY id DESC LIMIT 1), 0)
WHERE space = ?1 AND entry = ?2
