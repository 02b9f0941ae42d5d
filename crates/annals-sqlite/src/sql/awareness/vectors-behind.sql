SELECT v, n, vector FROM entry_vector WHERE space = ?1 AND model = ?2 AND v > ?3 ORDER BY v
