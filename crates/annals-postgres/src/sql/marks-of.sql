SELECT next_pseq, n_shed, credential, producer FROM producer WHERE producer = ANY ($1)
