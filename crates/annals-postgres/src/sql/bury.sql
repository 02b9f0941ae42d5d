INSERT INTO dead_letter (gap_seq, producer, pseq, reason, payload) VALUES ($1, $2, $3, $4, $5)
