SELECT space, source, entry_type, n_entries FROM entry_count
