SELECT id, kind, space, entry, at, platform, tool, action, detail, tags FROM entry_usage WHERE id > $1 ORDER BY id LIMIT $2
