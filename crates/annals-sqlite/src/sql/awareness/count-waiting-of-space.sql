SELECT (SELECT count(*) FROM entry_embedding WHERE space = ?2 AND model < ?1) + (SELECT count(*) FROM entry_embedding WHERE space = ?2 AND model > ?1),
    (SELECT count(*) FROM entry_embedding WHERE model = ?1 AND space = ?2 AND refused = 1)
