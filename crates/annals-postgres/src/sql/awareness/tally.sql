-- Counts one live entry more or less.
WITH counted AS (
    INSERT INTO entry_count (space, source, source_digest, entry_type, n_entries)
    VALUES ($1, $2, sha256(convert_to($2, 'UTF8')), $3, $5)
    ON CONFLICT (space, source_digest, entry_type) DO UPDATE SET n_entries = entry_count.n_entries + excluded.n_entries
)
INSERT INTO entry_tag_count (space, tag, tag_digest, n_entries)
SELECT $1, tag, sha256(convert_to(tag, 'UTF8')), $5 FROM unnest($4::TEXT[]) AS tag
ON CONFLICT (space, tag_digest) DO UPDATE SET n_entries = entry_tag_count.n_entries + excluded.n_entries
