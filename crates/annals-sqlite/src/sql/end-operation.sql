DELETE FROM open_operation WHERE space = ?1 AND operation_id = ?2
