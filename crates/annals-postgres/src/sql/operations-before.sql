-- What is known of these operations before rows from $3 on: the intent of one that is open, and the newest outcome that is in the log already. An overtaking is a matter of moments, so only
-- the newest events of an id are looked at, and an id that is used for everything costs no more than another.
SELECT
    asked.n,
    EXISTS (
        SELECT 1 FROM open_operation WHERE name = sha256(convert_to(asked.space, 'UTF8') || '\x00'::bytea || convert_to(asked.id, 'UTF8'))
    ),
    (
        SELECT max(created_at)
        FROM (
            SELECT event.space, phase, created_at
            FROM event
            WHERE left(operation_id, 200) = left(asked.id, 200) AND operation_id = asked.id AND seq < $3
            ORDER BY seq DESC
            LIMIT 100
        ) AS newest
        WHERE newest.space = asked.space AND phase = 'outcome'
    )
FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS asked (space, id, n)
