-- Changes nothing where the key or the name is another's.
UPDATE entry AS e SET
    source = $2, tags = $3, updated = $4, expires = $5, deleted = $6, logical_key = $7, language = $8, credential = $9, data = $10, n_changes = $11,
    changes_digest = $12, name = $13, state = $14, due = $15, learned_from = $16, schema = $17, has_effect = $18, key_digest = $19, name_digest = $20,
    counted = $21
WHERE e.n = $1
    AND ($6 IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM entry AS o WHERE o.space = e.space AND o.key_digest = $19 AND o.deleted IS NULL AND o.n <> $1
    ))
    AND ($6 IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM entry AS o WHERE o.space = e.space AND o.name_digest = $20 AND o.deleted IS NULL AND o.n <> $1
    ))
