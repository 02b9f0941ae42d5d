SELECT bag FROM entry_bag WHERE n = ?1
