INSERT INTO entry_bag (n, bag) VALUES (?1, ?2)
