SELECT gap_seq, producer, pseq FROM dead_letter WHERE gap_seq < 0 ORDER BY gap_seq DESC
