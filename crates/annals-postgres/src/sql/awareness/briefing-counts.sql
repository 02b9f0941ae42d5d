SELECT
    (SELECT count(*) FROM entry WHERE space = $1 AND entry_type = 'suppression' AND deleted IS NULL AND (expires IS NULL OR expires > $2)),
    (
        SELECT count(*) FROM entry
        WHERE space = $1 AND entry_type = 'intention' AND state_head = 'pending' AND deleted IS NULL AND (expires IS NULL OR expires > $2)
    ),
    least(
        (SELECT min(due) FROM entry WHERE space = $1 AND deleted IS NULL AND due IS NOT NULL AND due > $2),
        (SELECT min(expires) FROM entry WHERE space = $1 AND deleted IS NULL AND expires IS NOT NULL AND expires > $2)
    )
