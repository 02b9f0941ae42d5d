
FROM (
    SELECT 0 AS list, n FROM entry WHERE space = $1 AND entry_type = 'status' AND deleted IS NULL
    UNION ALL
    SELECT 1, n FROM entry WHERE space = $1 AND entry_type = 'alert' AND state_head = 'active' AND deleted IS NULL
    UNION ALL
    SELECT 2, n FROM entry
    WHERE space = $1 AND entry_type = 'suppression' AND deleted IS NULL AND (source = '' OR source IN (
        SELECT source FROM entry
        WHERE space = $1 AND entry_type = 'alert' AND state_head = 'active' AND deleted IS NULL AND (expires IS NULL OR expires > $2)
    ))
    UNION ALL
    SELECT 3, n FROM entry
    WHERE space = $1 AND has_effect AND deleted IS NULL AND (source = '' OR source IN (
        SELECT source FROM entry
        WHERE space = $1 AND entry_type = 'alert' AND state_head = 'active' AND deleted IS NULL AND (expires IS NULL OR expires > $2)
    ))
    UNION ALL
    SELECT 4, n FROM entry WHERE space = $1 AND entry_type = 'intention' AND due IS NOT NULL AND due <= $2 AND deleted IS NULL
    UNION ALL
    SELECT 5, n FROM entry WHERE space = $1 AND entry_type = 'intention' AND state_head = 'fired' AND deleted IS NULL
) AS listed JOIN entry AS e ON e.n = listed.n
WHERE e.expires IS NULL OR e.expires > $2
ORDER BY e.touched DESC, e.id DESC
