-- What a lost event says that it emptied must not be counted to the one that gets its number.
DELETE FROM emptied WHERE by_seq >= $1
