SELECT gap_seq, producer, pseq FROM dead_letter WHERE gap_seq >= $1 ORDER BY gap_seq LIMIT $2
