SELECT model FROM embedding_model WHERE name = $1 AND dimension = $2
