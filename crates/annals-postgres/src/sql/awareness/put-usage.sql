WITH told AS (
    INSERT INTO entry_usage (id, kind, space, entry, at, platform, tool, action, detail, tags)
    SELECT id, kind, space, entry, $10, platform, tool, action, detail, tags
    FROM unnest($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::BYTEA[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::TEXT[], $9::TEXT[])
        AS line (id, kind, space, entry, platform, tool, action, detail, tags)
    RETURNING kind, space, entry
), counted AS (
    INSERT INTO entry_readings AS r (space, entry, n_reads, last)
    SELECT space, entry, count(*), $10 FROM told WHERE kind = 0 GROUP BY space, entry
    ON CONFLICT (space, entry) DO UPDATE SET n_reads = r.n_reads + excluded.n_reads, last = greatest(r.last, excluded.last)
)
UPDATE entry SET unread = FALSE FROM told WHERE told.kind = 0 AND entry.space = told.space AND entry.id = told.entry AND entry.unread
