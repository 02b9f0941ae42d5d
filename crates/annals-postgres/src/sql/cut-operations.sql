DELETE FROM open_operation WHERE seq >= $1
