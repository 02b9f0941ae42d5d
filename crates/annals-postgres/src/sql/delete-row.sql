DELETE FROM event WHERE seq = ANY($1)
