WITH counted AS (
    DELETE FROM entry_count WHERE space = $1 AND source_digest = sha256(convert_to($2, 'UTF8')) AND entry_type = $3 AND n_entries <= 0
)
DELETE FROM entry_tag_count
WHERE space = $1 AND tag_digest IN (SELECT sha256(convert_to(tag, 'UTF8')) FROM unnest($4::TEXT[]) AS tag) AND n_entries <= 0
