SELECT next_pseq, n_shed FROM producer WHERE producer = ?1
