SELECT space, entry, n_reads, last FROM entry_readings ORDER BY space, entry
