DELETE FROM checkpoint WHERE size > $1
