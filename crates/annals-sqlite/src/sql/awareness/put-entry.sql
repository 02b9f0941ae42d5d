INSERT INTO entry (
    space, id, entry_type, source, tags, created, updated, expires, deleted, logical_key, language, credential,
    data, n_changes, changes_digest, name, state, due, learned_from, schema, has_effect, counted, unread
) VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
    NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = ?1 AND r.entry = ?2)
)
