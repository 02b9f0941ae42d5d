DELETE FROM entry_link WHERE n = $1
