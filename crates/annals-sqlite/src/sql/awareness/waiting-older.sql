SELECT n, generation FROM entry_embedding INDEXED BY entry_embedding_model WHERE model > 0 AND model < ?1 ORDER BY model DESC, n DESC LIMIT ?2
