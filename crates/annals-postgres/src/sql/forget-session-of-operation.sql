UPDATE open_operation SET session = NULL WHERE seq = $1
