SELECT max(n) FROM tile WHERE level = 0
