-- One that expired is counted until something of its space is changed.
SELECT id FROM entry
WHERE CASE WHEN counted THEN deleted IS NOT NULL ELSE deleted IS NULL AND (expires IS NULL OR expires > $1) END
