SELECT seq FROM event WHERE seq >= 0 ORDER BY seq LIMIT 1
