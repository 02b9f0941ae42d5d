WITH changes AS (
    DELETE FROM entry_change WHERE n = $1
), tags AS (
    DELETE FROM entry_tag WHERE n = $1
), links AS (
    DELETE FROM entry_link WHERE n = $1
), words AS (
    DELETE FROM entry_text WHERE n = $1
), vectors AS (
    DELETE FROM entry_vector WHERE n = $1
), waiting AS (
    DELETE FROM entry_embedding WHERE n = $1
)
DELETE FROM entry WHERE n = $1
