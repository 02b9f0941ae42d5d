DELETE FROM entry_vector WHERE v IN (SELECT v FROM entry_vector INDEXED BY entry_vector_model WHERE model < ?1 OR model > ?1 LIMIT ?2)
