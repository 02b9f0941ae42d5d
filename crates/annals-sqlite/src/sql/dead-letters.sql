SELECT gap_seq, payload FROM dead_letter WHERE gap_seq >= ?1 AND length(payload) > 0 ORDER BY gap_seq LIMIT ?2
