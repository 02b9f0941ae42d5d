SELECT space, entry, count(*), max(at) FROM entry_usage INDEXED BY entry_usage_entry
WHERE kind = 0 GROUP BY space, entry ORDER BY space, entry
