INSERT INTO producer (producer, next_pseq, n_shed, credential) VALUES ($1, $2, $3, $4)
ON CONFLICT (producer) DO UPDATE SET next_pseq = excluded.next_pseq, n_shed = excluded.n_shed, credential = coalesce(producer.credential, excluded.credential)
