-- Who sees which rows. A role that serves, which is one that may read the tree, sees of what agents know the one space that its transaction names, and all of it where it says so; any other role sees
-- the spaces that `space_reader` gives it, of the log and of what agents know.
--
-- Row security compares the space before anything that might tell of a row it hides, and an expression such as `left(source, 200)` or `words @@ query` might, in PostgreSQL's eyes. No index is
-- used for those; so the beginnings of texts become columns, and words are looked up by functions below.

-- Which roles that do not serve see which spaces. The owner of the tables fills it.
CREATE TABLE space_reader (
    role NAME NOT NULL,
    space TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (role, space)
);

ALTER TABLE space_reader ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_its_role ON space_reader FOR SELECT USING (role = current_user);

-- These two are called immutable so that the planner asks them, once a plan, and what they decide costs no row anything. No plan is used for another reach than it was made for.
CREATE FUNCTION annals_serves(tree REGCLASS) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN pg_catalog.has_table_privilege(tree, 'SELECT');
END
$$;

CREATE FUNCTION annals_sees_all(tree REGCLASS) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(pg_catalog.current_setting('annals.reach', TRUE), '') OPERATOR(pg_catalog.=) 'all' AND pg_catalog.has_table_privilege(tree, 'SELECT');
END
$$;

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
CREATE POLICY served ON event USING (annals_serves('tile'::REGCLASS));
CREATE POLICY of_its_space ON event FOR SELECT USING (
    NOT annals_serves('tile'::REGCLASS) AND space IN (SELECT r.space FROM space_reader AS r WHERE r.role = current_user)
);

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'entry', 'entry_tag', 'entry_link', 'entry_change', 'entry_count', 'entry_tag_count', 'entry_space', 'entry_text', 'entry_language', 'entry_usage',
        'entry_readings', 'entry_answer', 'entry_embedding', 'entry_vector'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_its_space ON %I USING (
                annals_sees_all(''tile''::REGCLASS)
                OR annals_serves(''tile''::REGCLASS) AND space = current_setting(''annals.space'', TRUE)
                OR NOT annals_serves(''tile''::REGCLASS) AND space IN (SELECT r.space FROM space_reader AS r WHERE r.role = current_user)
            )',
            name
        );
    END LOOP;
END
$$;

-- The beginnings of texts that may be too long for an index.
ALTER TABLE entry
    ADD COLUMN source_head TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(source, 200)) STORED,
    ADD COLUMN state_head TEXT COLLATE "C" GENERATED ALWAYS AS (left(state, 200)) STORED,
    ADD COLUMN schema_head TEXT COLLATE "C" GENERATED ALWAYS AS (left(schema, 200)) STORED;
ALTER TABLE entry_tag ADD COLUMN tag_head TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(tag, 200)) STORED;

DROP INDEX entry_source_touched, entry_source_created, entry_state_touched, entry_schema, entry_effect, entry_tag_tag;
CREATE INDEX entry_source_touched ON entry (space, source_head, entry_type, touched, id) WHERE deleted IS NULL;
CREATE INDEX entry_source_created ON entry (space, source_head, created, id) WHERE deleted IS NULL;
CREATE INDEX entry_state_touched ON entry (space, entry_type, state_head, touched, id) WHERE deleted IS NULL AND state IS NOT NULL;
CREATE INDEX entry_schema ON entry (space, schema_head, created, id) WHERE deleted IS NULL AND schema IS NOT NULL;
CREATE INDEX entry_effect ON entry (space, source_head) WHERE deleted IS NULL AND has_effect;
CREATE INDEX entry_tag_tag ON entry_tag (space, tag_head, n);
CREATE INDEX entry_text_space ON entry_text (space, n);

-- Rows of the transaction's space that have some words: the index finds them among those of all spaces, and what it found of others stays here. The space is compared so that no index of
-- spaces is taken instead.
CREATE FUNCTION entry_having(asked TSQUERY, since BIGINT) RETURNS SETOF entry_text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    reach TEXT := coalesce(current_setting('annals.reach', TRUE), '');
BEGIN
    PERFORM set_config('annals.reach', 'all', TRUE);
    -- Planned anew each time, for these words.
    RETURN QUERY EXECUTE
        'SELECT t.* FROM entry_text AS t WHERE t.words @@ $1 AND t.n >= $2 AND t.space IS NOT DISTINCT FROM current_setting(''annals.space'', TRUE)'
        USING asked, since;
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;

-- How many rows of the transaction's space have each word, counted up to a bound, and the newest of those that were counted.
CREATE FUNCTION entry_words_counted(asked TEXT[], most BIGINT) RETURNS TABLE (n_rows BIGINT, newest BIGINT)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    reach TEXT := coalesce(current_setting('annals.reach', TRUE), '');
BEGIN
    PERFORM set_config('annals.reach', 'all', TRUE);
    RETURN QUERY EXECUTE
        'SELECT found.n_rows, found.newest
        FROM unnest($1::TSQUERY[]) WITH ORDINALITY AS asked (query, nth)
            CROSS JOIN LATERAL (
                SELECT count(*) AS n_rows, max(counted.n) AS newest
                FROM (
                    SELECT t.n FROM entry_text AS t WHERE t.words @@ asked.query AND t.space IS NOT DISTINCT FROM current_setting(''annals.space'', TRUE) LIMIT $2
                ) AS counted
            ) AS found
        ORDER BY asked.nth'
        USING asked, most;
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;

-- Forgets some answers from before this, whoever's they are.
CREATE FUNCTION entry_answers_forgotten(before BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    reach TEXT := coalesce(current_setting('annals.reach', TRUE), '');
BEGIN
    PERFORM set_config('annals.reach', 'all', TRUE);
    EXECUTE
        'DELETE FROM entry_answer WHERE (space, key) IN (SELECT space, key FROM entry_answer WHERE written_at < $1 LIMIT 256)'
        USING before;
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;

-- Writes a table anew, without what was deleted from it, for a role that may write to it and does not own it.
CREATE FUNCTION annals_rewrite(rewritten REGCLASS) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE (
        SELECT format('CLUSTER %s USING %I', rewritten, i.relname)
        FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
        WHERE x.indrelid = rewritten AND x.indisprimary
    );
END
$$;

REVOKE EXECUTE ON FUNCTION annals_rewrite(REGCLASS) FROM PUBLIC;

-- Makes the index that finds the vectors of a model, where pgvector can: it takes vectors of 2000 numbers, and halves of them of 4000. The model is a new one, so that nothing is to be indexed yet.
-- Whether there is one now.
CREATE FUNCTION annals_index_vectors(vectors REGCLASS, of_model BIGINT, n_numbers BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place NAME := (SELECT n.nspname FROM pg_extension AS x JOIN pg_namespace AS n ON n.oid = x.extnamespace WHERE x.extname = 'vector');
    numbers TEXT := CASE WHEN n_numbers <= 2000 THEN 'vector' ELSE 'halfvec' END;
BEGIN
    IF place IS NULL OR n_numbers NOT BETWEEN 1 AND 4000 OR to_regtype(format('%I.%I', place, numbers)) IS NULL
        OR NOT EXISTS (SELECT 1 FROM pg_am WHERE amname = 'hnsw')
    THEN
        RETURN FALSE;
    END IF;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON %s USING hnsw ((vector::%I.%I(%s)) %I.%I) WHERE model = %s',
        'entry_vector_near_' || of_model, vectors, place, numbers, n_numbers, place, numbers || '_ip_ops', of_model
    );
    RETURN TRUE;
END
$$;

REVOKE EXECUTE ON FUNCTION annals_index_vectors(REGCLASS, BIGINT, BIGINT) FROM PUBLIC;
