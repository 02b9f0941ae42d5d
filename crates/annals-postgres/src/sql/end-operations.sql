DELETE FROM open_operation WHERE name = ANY($1)
