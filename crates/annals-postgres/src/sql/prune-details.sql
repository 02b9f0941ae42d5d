UPDATE event SET details = NULL, salt = NULL, erased_by = greatest(erased_by, $2) WHERE seq = ANY($1)
