SELECT producer, next_pseq, n_shed FROM producer
