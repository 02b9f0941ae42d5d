DELETE FROM open_operation WHERE seq = ANY($1)
