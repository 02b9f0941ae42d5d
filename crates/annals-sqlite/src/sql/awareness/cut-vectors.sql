DELETE FROM entry_vector WHERE n = ?1
