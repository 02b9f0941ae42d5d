, salt FROM event WHERE seq = ANY($1) ORDER BY seq
