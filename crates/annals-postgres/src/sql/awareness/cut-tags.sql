DELETE FROM entry_tag WHERE n = $1
