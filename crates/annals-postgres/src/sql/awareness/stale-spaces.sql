SELECT space FROM entry WHERE deleted IS NOT NULL AND deleted < $1
UNION
SELECT space FROM entry WHERE deleted IS NULL AND expires IS NOT NULL AND expires < $1
