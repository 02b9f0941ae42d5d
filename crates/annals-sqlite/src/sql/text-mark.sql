SELECT next_seq FROM event_text_mark
