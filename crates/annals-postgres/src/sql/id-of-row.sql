SELECT id FROM event WHERE seq = $1
