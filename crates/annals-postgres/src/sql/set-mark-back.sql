UPDATE producer SET next_pseq = $2, n_shed = $3 WHERE producer = $1
