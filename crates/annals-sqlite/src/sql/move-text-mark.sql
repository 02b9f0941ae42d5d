UPDATE event_text_mark SET next_seq = ?1
