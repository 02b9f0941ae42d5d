SELECT next_pseq, n_shed, credential FROM producer WHERE producer = $1
