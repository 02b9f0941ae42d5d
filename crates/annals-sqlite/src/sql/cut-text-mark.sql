UPDATE event_text_mark SET next_seq = min(next_seq, ?1)
