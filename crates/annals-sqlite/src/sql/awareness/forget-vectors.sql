DELETE FROM entry_vector WHERE v IN (SELECT v FROM entry_vector WHERE model <> ?1 LIMIT ?2)
