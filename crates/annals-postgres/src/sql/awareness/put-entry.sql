-- A new entry with all that stands beside it, in one statement: every round trip is made under the write lock. Answers nothing where its id, key or name is another's.
WITH new AS (
    INSERT INTO entry (
        space, id, entry_type, source, tags, created, updated, expires, deleted, logical_key, language, credential, data, n_changes, changes_digest,
        name, state, due, learned_from, schema, has_effect, key_digest, name_digest, counted, unread
    ) VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
        NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = $1 AND r.entry = $2)
    )
    ON CONFLICT DO NOTHING
    RETURNING n
), revised AS (
    INSERT INTO entry_space (space, revision) SELECT $1, 1 FROM new
    ON CONFLICT (space) DO UPDATE SET revision = entry_space.revision + 1
    RETURNING n
), tagged AS (
    INSERT INTO entry_tag (n, space, tag) SELECT new.n, $1, tag FROM new, unnest($25) AS tag
), linked AS (
    INSERT INTO entry_link (space, target, n) SELECT $1, target, new.n FROM new, unnest($26) AS target
), changed AS (
    INSERT INTO entry_change (n, space, nth, at, changed)
    SELECT new.n, $1, before.nth - 1, before.at, before.changed
    FROM new, ROWS FROM (unnest($27), unnest($28)) WITH ORDINALITY AS before (at, changed, nth)
), worded AS (
    INSERT INTO entry_text (n, space, words, title, body, labels, bag)
    SELECT new.n, $1, array_to_tsvector(ARRAY(SELECT revised.n || '_' || word FROM unnest($29) AS word)), $30, $31, $32, $33
    FROM new, revised
), spoken AS (
    INSERT INTO entry_language (space, language) SELECT $1, $34 FROM new
    ON CONFLICT DO NOTHING
), waiting AS (
    INSERT INTO entry_embedding (n, space, model, refused, generation) SELECT new.n, $1, 0, FALSE, 1 FROM new WHERE $35
), counted AS (
    INSERT INTO entry_count (space, source, source_digest, entry_type, n_entries)
    SELECT $1, $4, sha256(convert_to($4, 'UTF8')), $3, 1 FROM new WHERE $24
    ON CONFLICT (space, source_digest, entry_type) DO UPDATE SET n_entries = entry_count.n_entries + 1
), tags_counted AS (
    INSERT INTO entry_tag_count (space, tag, tag_digest, n_entries)
    SELECT $1, tag, sha256(convert_to(tag, 'UTF8')), 1 FROM new, unnest($25) AS tag WHERE $24
    ON CONFLICT (space, tag_digest) DO UPDATE SET n_entries = entry_tag_count.n_entries + 1
)
SELECT n FROM new
