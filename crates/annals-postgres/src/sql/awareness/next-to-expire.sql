SELECT expires FROM entry WHERE space = $1 AND counted AND expires IS NOT NULL ORDER BY expires LIMIT 1
