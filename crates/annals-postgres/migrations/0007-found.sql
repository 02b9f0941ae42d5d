-- Looking the words of a search up: which rows have each, and which version of each row that is, so that whoever has read a row's bag before need not read it again.

-- How many rows of the transaction's space have each word, counted up to a bound, the newest of those that were counted, and which rows they are where they are fewer. `xmin` is the transaction that
-- wrote a row as it is. As in step 5, the space is compared so that no index of spaces is taken.
CREATE FUNCTION entry_words_found(asked TEXT[], most BIGINT) RETURNS TABLE (n_rows BIGINT, newest BIGINT, numbers BIGINT[], versions XID[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    reach TEXT := coalesce(current_setting('annals.reach', TRUE), '');
BEGIN
    PERFORM set_config('annals.reach', 'all', TRUE);
    -- Planned anew each time, for these words.
    RETURN QUERY EXECUTE
        'SELECT found.n_rows, found.newest, found.numbers, found.versions
        FROM unnest($1::TSQUERY[]) WITH ORDINALITY AS asked (query, nth)
            CROSS JOIN LATERAL (
                SELECT count(*) AS n_rows, max(held.n) AS newest,
                    CASE WHEN count(*) < $2 THEN array_agg(held.n) END AS numbers, CASE WHEN count(*) < $2 THEN array_agg(held.xmin) END AS versions
                FROM (
                    SELECT t.n, t.xmin FROM entry_text AS t WHERE t.words @@ asked.query AND t.space IS NOT DISTINCT FROM $3 LIMIT $2
                ) AS held
            ) AS found
        ORDER BY asked.nth'
        USING asked, most, current_setting('annals.space', TRUE);
    PERFORM set_config('annals.reach', reach, TRUE);
END
$$;
