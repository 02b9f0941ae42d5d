-- How many rows have each word, counted up to a bound, and the newest of those that were counted.
SELECT found.n_rows, found.newest
FROM unnest($1::TEXT[]::TSQUERY[]) WITH ORDINALITY AS asked (query, nth)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n_rows, max(counted.n) AS newest
        FROM (SELECT t.n FROM entry_text AS t WHERE t.words @@ asked.query LIMIT $2) AS counted
    ) AS found
ORDER BY asked.nth
