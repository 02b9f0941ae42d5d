
FROM entry AS e
WHERE e.n IN (
    (SELECT n FROM entry WHERE space = $1 AND deleted IS NOT NULL AND deleted < $2 LIMIT $3)
    UNION ALL
    (SELECT n FROM entry WHERE space = $1 AND deleted IS NULL AND expires IS NOT NULL AND expires < $2 LIMIT $3)
)
LIMIT $3
