-- What the same source wrote right before and behind each of these, within so many nanoseconds: the nearest first, each with whether it has the same tags.
-- An aggregate takes the rows of a sorted subquery in their order.
SELECT a.n, before.numbers, before.are_same, behind.numbers, behind.are_same
FROM entry AS a
    CROSS JOIN LATERAL (
        SELECT array_agg(near.n) AS numbers, array_agg(near.is_same) AS are_same FROM (
            SELECT o.n, o.tags = a.tags AS is_same FROM entry AS o
            WHERE o.space = a.space AND o.source_head = a.source_head AND o.source = a.source AND o.deleted IS NULL
                AND (o.created, o.id) < (a.created, a.id)
                AND o.created >= CASE WHEN a.created < '-9223372036854775808'::BIGINT + $4 THEN '-9223372036854775808'::BIGINT ELSE a.created - $4 END
                AND (o.expires IS NULL OR o.expires > $3)
            ORDER BY o.created DESC, o.id DESC LIMIT 16
        ) AS near
    ) AS before
    CROSS JOIN LATERAL (
        SELECT array_agg(near.n) AS numbers, array_agg(near.is_same) AS are_same FROM (
            SELECT o.n, o.tags = a.tags AS is_same FROM entry AS o
            WHERE o.space = a.space AND o.source_head = a.source_head AND o.source = a.source AND o.deleted IS NULL
                AND (o.created, o.id) > (a.created, a.id)
                AND o.created <= CASE WHEN a.created > 9223372036854775807 - $4 THEN 9223372036854775807 ELSE a.created + $4 END
                AND (o.expires IS NULL OR o.expires > $3)
            ORDER BY o.created, o.id LIMIT 16
        ) AS near
    ) AS behind
WHERE a.n = ANY ($1) AND a.space = $2 AND a.deleted IS NULL AND (a.expires IS NULL OR a.expires > $3)
