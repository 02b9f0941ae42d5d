UPDATE dead_letter SET gap_seq = -1 - gap_seq WHERE gap_seq >= $1
