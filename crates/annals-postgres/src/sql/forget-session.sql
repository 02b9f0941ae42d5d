DELETE FROM open_session WHERE seq = $1
