SELECT size, note, signed_at, kept FROM checkpoint WHERE size >= $1 ORDER BY size LIMIT $2
