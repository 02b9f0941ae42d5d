INSERT INTO entry_text (rowid, title, body, labels) VALUES (?1, ?2, ?3, ?4)
