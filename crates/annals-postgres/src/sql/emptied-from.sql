SELECT seq FROM emptied WHERE by_seq = $1 AND seq >= $2 ORDER BY seq LIMIT $3
