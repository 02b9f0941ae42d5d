-- An outcome `unknown` is no sign of life: Annals writes those itself. A session whose rows were pruned has none either, but for its beginning.
SELECT begun.seq
FROM open_session AS begun
    LEFT JOIN event AS beginning ON beginning.seq = begun.seq
WHERE begun.recorded_at < $1
    AND coalesce(
        (
            SELECT event.recorded_at
            FROM event
            WHERE left(session_id, 200) = left(beginning.session_id, 200) AND session_id = beginning.session_id
                AND space = beginning.space AND outcome IS DISTINCT FROM 'unknown'
            ORDER BY event.seq DESC
            LIMIT 1
        ),
        begun.recorded_at
    ) < $1
ORDER BY begun.seq
LIMIT $2
