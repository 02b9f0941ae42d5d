INSERT INTO event_text (rowid, said, labels) VALUES (?1, ?2, ?3)
