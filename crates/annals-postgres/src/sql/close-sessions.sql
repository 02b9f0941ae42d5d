DELETE FROM open_session WHERE name = ANY($1)
