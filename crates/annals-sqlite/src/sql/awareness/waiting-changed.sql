SELECT n, generation FROM entry_embedding INDEXED BY entry_embedding_model WHERE model = 0 ORDER BY n DESC LIMIT ?2
