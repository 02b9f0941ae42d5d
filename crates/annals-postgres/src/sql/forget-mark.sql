DELETE FROM producer WHERE producer = $1
