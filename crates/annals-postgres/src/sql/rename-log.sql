UPDATE log SET log_id = $1, own_producer = $2
