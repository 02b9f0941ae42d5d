UPDATE open_operation SET session = NULL WHERE seq = ANY($1)
