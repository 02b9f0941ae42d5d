SELECT space, tag, n_entries FROM entry_tag_count
