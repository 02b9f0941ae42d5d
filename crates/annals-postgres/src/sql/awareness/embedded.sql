UPDATE entry_embedding SET model = $1, refused = $2 WHERE n = $3 AND generation = $4 RETURNING space
