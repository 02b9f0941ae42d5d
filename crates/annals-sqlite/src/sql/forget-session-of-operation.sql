UPDATE open_operation SET session_id = NULL WHERE seq = ?1
