INSERT INTO entry_change (n, space, nth, at, changed) VALUES ($1, $2, $3, $4, $5)
