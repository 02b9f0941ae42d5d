SELECT space FROM entry INDEXED BY entry_deleted WHERE deleted IS NOT NULL AND deleted < ?1
UNION
SELECT space FROM entry INDEXED BY entry_expires WHERE deleted IS NULL AND expires IS NOT NULL AND expires < ?1
