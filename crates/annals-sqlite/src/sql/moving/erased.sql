SELECT (SELECT count(*) FROM emptied) || ',' || (SELECT count(*) FROM commitment) || ',' || (SELECT coalesce(min(seq), 0) FROM event)
