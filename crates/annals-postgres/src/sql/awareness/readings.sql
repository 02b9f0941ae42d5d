SELECT r.n_reads, r.last
FROM unnest($2::BYTEA[]) WITH ORDINALITY AS asked (entry, nth)
    LEFT JOIN entry_readings AS r ON r.space = $1 AND r.entry = asked.entry
ORDER BY asked.nth
