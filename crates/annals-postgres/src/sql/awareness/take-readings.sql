UPDATE entry_readings AS r SET
    n_reads = r.n_reads - gone.n_reads,
    last = coalesce((SELECT u.at FROM entry_usage AS u WHERE u.space = r.space AND u.entry = r.entry AND u.kind = 0 ORDER BY u.id DESC LIMIT 1), 0)
FROM (SELECT space, entry, count(*) AS n_reads FROM unnest($1::TEXT[], $2::BYTEA[]) AS line (space, entry) GROUP BY space, entry) AS gone
WHERE r.space = gone.space AND r.entry = gone.entry
