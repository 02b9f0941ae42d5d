SELECT seq FROM open_operation WHERE owner IS NULL AND recorded_at < $1 ORDER BY seq LIMIT $2
