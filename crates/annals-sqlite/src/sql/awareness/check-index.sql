PRAGMA integrity_check(entry_text)
