SELECT who, context, details, who_key, context_key FROM commitment WHERE seq = ?1
