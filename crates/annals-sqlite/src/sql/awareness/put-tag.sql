INSERT INTO entry_tag (space, tag, touched, id, n) VALUES (?1, ?2, ?3, ?4, ?5)
