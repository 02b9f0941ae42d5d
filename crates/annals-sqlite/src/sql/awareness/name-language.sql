INSERT OR IGNORE INTO entry_language (space, language) VALUES (?1, ?2)
