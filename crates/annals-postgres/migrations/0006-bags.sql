-- Looking words up for a search, which reads the numbers and bags of hundreds of rows and none of their texts: `entry_having` of step 5 copies all of a row.

-- The rows of the transaction's space that have some words. As in step 5, the space is compared so that no index of spaces is taken; it is a value, read once and not for each row.
CREATE FUNCTION entry_bags(asked TSQUERY, since BIGINT) RETURNS TABLE (n BIGINT, bag BYTEA)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    reach TEXT := coalesce(current_setting('annals.reach', TRUE), '');
BEGIN
    PERFORM set_config('annals.reach', 'all', TRUE);
    -- Planned anew each time, for these words.
    RETURN QUERY EXECUTE
        'SELECT t.n, t.bag FROM entry_text AS t WHERE t.words @@ $1 AND t.n >= $2 AND t.space IS NOT DISTINCT FROM $3'
        USING asked, since, current_setting('annals.space', TRUE);
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;

-- As in step 5, but for the space, which is read once.
CREATE OR REPLACE FUNCTION entry_words_counted(asked TEXT[], most BIGINT) RETURNS TABLE (n_rows BIGINT, newest BIGINT)
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
                    SELECT t.n FROM entry_text AS t WHERE t.words @@ asked.query AND t.space IS NOT DISTINCT FROM $3 LIMIT $2
                ) AS counted
            ) AS found
        ORDER BY asked.nth'
        USING asked, most, current_setting('annals.space', TRUE);
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;
