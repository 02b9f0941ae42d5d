SELECT seq FROM open_operation WHERE owner IS NULL AND space = ?1 AND session_id = ?2 AND seq < ?3 ORDER BY seq LIMIT ?4
