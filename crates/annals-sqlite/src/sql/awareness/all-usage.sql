SELECT id, kind, space, entry, at, platform, tool, action, detail, tags FROM entry_usage NOT INDEXED ORDER BY id
