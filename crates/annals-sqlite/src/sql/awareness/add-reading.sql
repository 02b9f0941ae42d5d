INSERT INTO entry_readings (space, entry, n_reads, last) VALUES (?1, ?2, 1, ?3)
ON CONFLICT (space, entry) DO UPDATE SET n_reads = n_reads + 1, last = max(last, excluded.last)
RETURNING n_reads
