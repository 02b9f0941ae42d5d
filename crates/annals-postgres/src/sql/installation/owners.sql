SELECT coalesce(u.id, e.owner_id) AS owner, (extract(epoch FROM u.created) * 1000000)::BIGINT, u.timezone, u.preferences::TEXT
FROM users AS u FULL JOIN (SELECT DISTINCT owner_id FROM entries) AS e ON e.owner_id = u.id
ORDER BY 1
