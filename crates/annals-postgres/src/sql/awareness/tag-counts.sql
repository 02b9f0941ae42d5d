SELECT tag, n_entries FROM entry_tag_count WHERE space = $1
