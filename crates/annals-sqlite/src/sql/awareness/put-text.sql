INSERT INTO entry_text (rowid, title, body, labels, shelf) VALUES (?1, ?2, ?3, ?4, ?5)
