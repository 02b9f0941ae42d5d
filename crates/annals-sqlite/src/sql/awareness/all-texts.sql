SELECT id, c0, c1, c2 FROM entry_text_content ORDER BY id
