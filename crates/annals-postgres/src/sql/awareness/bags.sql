SELECT n, bag FROM entry_text WHERE n = ANY ($1)
