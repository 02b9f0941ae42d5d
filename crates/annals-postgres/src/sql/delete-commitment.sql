DELETE FROM commitment WHERE seq = $1
