DELETE FROM open_session WHERE seq = ANY($1)
