WITH spoken AS (
    INSERT INTO entry_language (space, language) VALUES ($2, $8)
    ON CONFLICT DO NOTHING
), waiting AS (
    UPDATE entry_embedding SET model = 0, refused = FALSE, generation = generation + 1 WHERE n = $1
)
UPDATE entry_text SET
    words = array_to_tsvector(ARRAY(SELECT space.n || '_' || word FROM entry_space AS space, unnest($3::TEXT[]) AS word WHERE space.space = $2)),
    title = $4, body = $5, labels = $6, bag = $7
WHERE n = $1
