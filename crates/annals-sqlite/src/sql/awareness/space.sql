SELECT n FROM entry_space WHERE space = ?1
