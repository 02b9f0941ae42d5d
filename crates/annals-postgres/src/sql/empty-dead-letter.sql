UPDATE dead_letter SET payload = ''::bytea, reason = 'erased' WHERE gap_seq = $1
