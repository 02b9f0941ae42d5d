SELECT n_reads, last FROM entry_readings WHERE space = ?1 AND entry = ?2
