SELECT e.id, e.space, e.source, e.entry_type, e.tags, e.expires, e.deleted, e.unread, e.counted,
    EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = e.space AND r.entry = e.id),
    EXISTS (SELECT 1 FROM entry_text_docsize AS d WHERE d.id = e.n),
    c.c0, c.c1, c.c2, b.bag
FROM entry AS e NOT INDEXED LEFT JOIN entry_text_content AS c ON c.id = e.n
    LEFT JOIN entry_bag AS b ON b.n = e.n
ORDER BY e.n
