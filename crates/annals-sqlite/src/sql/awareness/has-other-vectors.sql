SELECT 1 FROM entry_vector INDEXED BY entry_vector_model WHERE model < ?1 OR model > ?2
