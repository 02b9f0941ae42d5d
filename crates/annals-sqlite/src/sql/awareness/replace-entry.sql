UPDATE entry SET
    source = ?2, tags = ?3, updated = ?4, expires = ?5, deleted = ?6, logical_key = ?7, language = ?8, credential = ?9,
    data = ?10, n_changes = ?11, changes_digest = ?12, name = ?13, state = ?14, due = ?15, learned_from = ?16,
    schema = ?17, has_effect = ?18, counted = ?19
WHERE n = ?1
