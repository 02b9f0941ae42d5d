-- An outcome `unknown` is no sign of life: Annals writes those itself. A session whose rows were pruned has none either, but for its beginning.
SELECT seq
FROM open_session AS open
WHERE recorded_at < ?1
    AND coalesce(
        (
            SELECT recorded_at
            FROM event
            WHERE session_id = open.session_id AND space = open.space AND outcome IS NOT 'unknown'
            ORDER BY seq DESC
            LIMIT 1
        ),
        recorded_at
    ) < ?1
ORDER BY seq
LIMIT ?2
