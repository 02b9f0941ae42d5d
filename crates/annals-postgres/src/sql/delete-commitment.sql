DELETE FROM commitment WHERE seq = ANY($1)
