-- Those that are not empty yet, each with whether it was declared already that it goes.
SELECT gap_seq, payload, reason = 'erased' FROM dead_letter WHERE gap_seq >= $1 AND length(payload) > 0 ORDER BY gap_seq LIMIT $2
