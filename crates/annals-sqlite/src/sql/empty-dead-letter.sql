UPDATE dead_letter SET payload = x'', reason = 'erased' WHERE gap_seq = ?1
