SELECT (SELECT count(*) FROM entry_tag WHERE n = ?1), (SELECT count(*) FROM entry_link WHERE n = ?1)
