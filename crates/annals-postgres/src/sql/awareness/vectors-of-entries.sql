SELECT n, digest, vector FROM entry_vector WHERE model = $1 AND n = ANY ($2)
