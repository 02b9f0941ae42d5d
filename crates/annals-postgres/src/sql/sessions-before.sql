-- What is known of these sessions before rows from $3 on: when one that is open was begun, and the newest end that is in the log already. As for operations, only the newest events are looked at.
SELECT
    asked.n,
    (SELECT created_at FROM open_session WHERE name = sha256(convert_to(asked.space, 'UTF8') || '\x00'::bytea || convert_to(asked.id, 'UTF8'))),
    (
        SELECT max(created_at)
        FROM (
            SELECT event.space, event_type, phase, created_at
            FROM event
            WHERE left(session_id, 200) = left(asked.id, 200) AND session_id = asked.id AND seq < $3
            ORDER BY seq DESC
            LIMIT 100
        ) AS newest
        WHERE newest.space = asked.space AND event_type = 'session.ended' AND phase <> 'intent'
    )
FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS asked (space, id, n)
