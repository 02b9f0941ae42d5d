SELECT seq FROM open_operation WHERE owner = $1 ORDER BY seq LIMIT $2
