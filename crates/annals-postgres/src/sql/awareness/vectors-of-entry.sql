SELECT digest, vector FROM entry_vector WHERE n = $1 AND model = $2 ORDER BY nth
