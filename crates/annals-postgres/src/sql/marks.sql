SELECT producer, next_pseq, n_shed FROM producer WHERE producer > $1 ORDER BY producer LIMIT $2
