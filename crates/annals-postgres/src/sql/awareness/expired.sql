SELECT n, source, entry_type, tags FROM entry WHERE space = $1 AND counted AND expires IS NOT NULL AND expires <= $2
