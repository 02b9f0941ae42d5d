
FROM entry_link AS link JOIN entry AS e ON e.n = link.n
WHERE link.space = $1 AND link.target = $2
