INSERT INTO entry_text (entry_text) VALUES ('rebuild')
