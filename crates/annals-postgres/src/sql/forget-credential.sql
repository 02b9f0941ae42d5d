UPDATE producer SET credential = NULL WHERE producer = $1
