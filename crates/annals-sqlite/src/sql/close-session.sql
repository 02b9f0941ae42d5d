-- An end that was made before the session began again is not that session's.
DELETE FROM open_session WHERE space = ?1 AND session_id = ?2 AND created_at <= ?3
