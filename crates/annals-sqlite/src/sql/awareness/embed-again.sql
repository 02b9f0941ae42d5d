UPDATE entry_embedding SET model = 0, refused = 0, generation = generation + 1 WHERE n = ?1
