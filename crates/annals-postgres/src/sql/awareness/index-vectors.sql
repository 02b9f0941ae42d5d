SELECT CASE WHEN has_function_privilege('annals_index_vectors(REGCLASS, BIGINT, BIGINT)', 'EXECUTE') THEN annals_index_vectors('entry_vector', $1, $2) ELSE FALSE END
