UPDATE event SET details = NULL, salt = NULL, erased_by = max(coalesce(erased_by, ?2), ?2) WHERE seq = ?1
