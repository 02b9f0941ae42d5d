SELECT seq FROM open_operation WHERE owner IS NULL AND session = $1 AND seq < $2 ORDER BY seq LIMIT $3
