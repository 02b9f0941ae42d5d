SELECT coalesce(kept.entry, told.entry)
FROM entry_readings AS kept
    FULL JOIN (SELECT space, entry, count(*) AS n_reads, max(at) AS last FROM entry_usage WHERE kind = 0 GROUP BY space, entry) AS told
        ON told.space = kept.space AND told.entry = kept.entry
WHERE (kept.n_reads, kept.last) IS DISTINCT FROM (told.n_reads, told.last)
