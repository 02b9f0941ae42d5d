UPDATE entry_embedding SET model = 0, refused = FALSE, generation = generation + 1 WHERE space = $1 AND refused
