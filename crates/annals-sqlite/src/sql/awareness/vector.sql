SELECT n, vector FROM entry_vector WHERE v = ?1
