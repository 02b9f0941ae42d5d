SELECT greatest(0, 1 + least(coalesce(max(seq), -1), count(*) + (SELECT count(*) FROM emptied) - 1)) FROM event
