UPDATE dead_letter SET gap_seq = $1 WHERE gap_seq = $2
