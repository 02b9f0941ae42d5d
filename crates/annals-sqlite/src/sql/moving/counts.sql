DELETE FROM entry_count;
INSERT INTO entry_count (space, source, entry_type, n_entries)
SELECT space, source, entry_type, count(*) FROM entry WHERE counted = 1 GROUP BY space, source, entry_type;
DELETE FROM entry_tag_count;
INSERT INTO entry_tag_count (space, tag, n_entries)
SELECT e.space, t.tag, count(*) FROM entry_tag AS t JOIN entry AS e ON e.n = t.n WHERE e.counted = 1 GROUP BY e.space, t.tag;
