SELECT hashes FROM tile WHERE level = $1 AND n = $2
