INSERT OR REPLACE INTO entry_usage (id, kind, space, entry, at, platform, tool, action, detail, tags)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
