SELECT NULL::BYTEA
FROM entry_count AS kept
    FULL JOIN (SELECT space, source, entry_type, count(*) AS n_entries FROM entry WHERE counted GROUP BY space, source, entry_type) AS told
        ON told.space = kept.space AND told.source = kept.source AND told.entry_type = kept.entry_type
WHERE kept.n_entries IS DISTINCT FROM told.n_entries OR kept.source_digest IS DISTINCT FROM sha256(convert_to(told.source, 'UTF8'))
UNION ALL
SELECT NULL::BYTEA
FROM entry_tag_count AS kept
    FULL JOIN (
        SELECT t.space, t.tag, count(*) AS n_entries FROM entry_tag AS t JOIN entry AS e ON e.n = t.n WHERE e.counted GROUP BY t.space, t.tag
    ) AS told ON told.space = kept.space AND told.tag = kept.tag
WHERE kept.n_entries IS DISTINCT FROM told.n_entries OR kept.tag_digest IS DISTINCT FROM sha256(convert_to(told.tag, 'UTF8'))
