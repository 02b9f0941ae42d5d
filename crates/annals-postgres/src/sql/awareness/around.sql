-- What the same source wrote right before and behind each of these, within so many nanoseconds.
SELECT a.n, around.is_behind, around.n, around.tags = a.tags, around.created, around.id
FROM entry AS a
    CROSS JOIN LATERAL (
        (
            SELECT FALSE AS is_behind, o.n, o.tags, o.created, o.id FROM entry AS o
            WHERE o.space = a.space AND o.source_head = a.source_head AND o.source = a.source AND o.deleted IS NULL
                AND (o.created, o.id) < (a.created, a.id)
                AND o.created >= CASE WHEN a.created < '-9223372036854775808'::BIGINT + $4 THEN '-9223372036854775808'::BIGINT ELSE a.created - $4 END
                AND (o.expires IS NULL OR o.expires > $3)
            ORDER BY o.created DESC, o.id DESC LIMIT 16
        )
        UNION ALL
        (
            SELECT TRUE, o.n, o.tags, o.created, o.id FROM entry AS o
            WHERE o.space = a.space AND o.source_head = a.source_head AND o.source = a.source AND o.deleted IS NULL
                AND (o.created, o.id) > (a.created, a.id)
                AND o.created <= CASE WHEN a.created > 9223372036854775807 - $4 THEN 9223372036854775807 ELSE a.created + $4 END
                AND (o.expires IS NULL OR o.expires > $3)
            ORDER BY o.created, o.id LIMIT 16
        )
    ) AS around
WHERE a.n = ANY ($1) AND a.space = $2 AND a.deleted IS NULL AND (a.expires IS NULL OR a.expires > $3)
