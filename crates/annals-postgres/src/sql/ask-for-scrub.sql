UPDATE log SET n_to_scrub = n_to_scrub + 1
