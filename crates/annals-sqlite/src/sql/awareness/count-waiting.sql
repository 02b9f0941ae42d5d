SELECT (SELECT count(*) FROM entry_embedding WHERE model < ?1) + (SELECT count(*) FROM entry_embedding WHERE model > ?1),
    (SELECT count(*) FROM entry_embedding WHERE model = ?1 AND refused = 1)
