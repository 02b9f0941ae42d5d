UPDATE log SET n_before_tree = ?1
