DELETE FROM entry_vector WHERE n = $1 AND model = $2
