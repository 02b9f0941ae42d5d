UPDATE producer SET credential = NULL WHERE producer = ANY($1)
