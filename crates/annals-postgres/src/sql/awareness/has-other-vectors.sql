SELECT EXISTS (SELECT 1 FROM entry_vector WHERE model < $1) OR EXISTS (SELECT 1 FROM entry_vector WHERE model > $1)
