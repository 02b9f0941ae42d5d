SELECT source, entry_type, n_entries FROM entry_count WHERE space = $1 ORDER BY source
