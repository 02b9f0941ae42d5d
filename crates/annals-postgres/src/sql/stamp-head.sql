UPDATE log_head SET stamp = $1
