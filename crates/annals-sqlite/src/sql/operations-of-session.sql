SELECT seq FROM open_operation WHERE owner IS NULL AND space = ?1 AND session_id = ?2 ORDER BY seq
