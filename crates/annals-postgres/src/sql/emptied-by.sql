SELECT seq FROM emptied WHERE by_seq = $1 ORDER BY seq
