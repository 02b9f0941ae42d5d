DELETE FROM event_text;
UPDATE event_text_mark SET next_seq = 0;
