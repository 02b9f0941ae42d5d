-- What was emptied meanwhile may still lie there.
UPDATE log SET n_to_scrub = 0 WHERE n_to_scrub = $1
