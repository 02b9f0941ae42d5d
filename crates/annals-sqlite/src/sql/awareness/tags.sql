SELECT tag FROM entry_tag WHERE n = ?1 AND space = ?2 AND touched = ?3 AND id = ?4 ORDER BY tag
