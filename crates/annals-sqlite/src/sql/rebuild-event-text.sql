INSERT INTO event_text (event_text) VALUES ('rebuild')
