SELECT language FROM entry_language WHERE space = $1 ORDER BY language
