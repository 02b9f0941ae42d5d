DELETE FROM entry_count;
INSERT INTO entry_count (space, source, source_digest, entry_type, n_entries)
SELECT space, source, sha256(convert_to(source, 'UTF8')), entry_type, count(*) FROM entry WHERE counted GROUP BY space, source, entry_type;
DELETE FROM entry_tag_count;
INSERT INTO entry_tag_count (space, tag, tag_digest, n_entries)
SELECT e.space, t.tag, sha256(convert_to(t.tag, 'UTF8')), count(*) FROM entry_tag AS t JOIN entry AS e ON e.n = t.n WHERE e.counted GROUP BY e.space, t.tag;
SELECT setval(pg_get_serial_sequence('entry', 'n'), (SELECT coalesce(max(n), 0) + 1 FROM entry), FALSE);
SELECT setval(pg_get_serial_sequence('entry_space', 'n'), (SELECT coalesce(max(n), 0) + 1 FROM entry_space), FALSE);
SELECT setval(pg_get_serial_sequence('embedding_model', 'model'), (SELECT coalesce(max(model), 0) + 1 FROM embedding_model), FALSE)
