DELETE FROM entry_readings WHERE space = ?1 AND entry = ?2 AND n_reads <= 0
