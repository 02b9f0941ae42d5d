UPDATE entry_embedding SET model = 0, refused = 0, generation = generation + 1 WHERE space = ?1 AND refused = 1
