-- Its rules let everybody see the schemas of `_system`; they are read where their owner is.
SELECT
    id, type, source, tags::TEXT, (extract(epoch FROM created) * 1000000)::BIGINT, (extract(epoch FROM updated) * 1000000)::BIGINT,
    (extract(epoch FROM expires) * 1000000)::BIGINT, (extract(epoch FROM deleted) * 1000000)::BIGINT, logical_key, language::TEXT, data::TEXT
FROM entries
WHERE owner_id = $1 AND id COLLATE "C" > $2
ORDER BY id COLLATE "C"
LIMIT $3
