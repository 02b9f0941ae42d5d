UPDATE entry SET unread = 0 WHERE space = ?1 AND id = ?2
