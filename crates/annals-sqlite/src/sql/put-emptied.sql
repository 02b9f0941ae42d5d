INSERT INTO emptied (by_seq, seq) VALUES (?1, ?2)
