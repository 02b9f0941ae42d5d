UPDATE entry SET counted = 0 WHERE n = ?1
