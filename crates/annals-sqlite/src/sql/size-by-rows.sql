SELECT max(0, 1 + min(coalesce(max(seq), -1), count(*) + (SELECT count(*) FROM emptied) - 1)) FROM event
