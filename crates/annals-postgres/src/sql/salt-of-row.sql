SELECT salt FROM event WHERE seq = $1
