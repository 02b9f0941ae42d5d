-- Views in the place of tables, whose rows somebody else's statement would make up.
SELECT count(*)
FROM sqlite_schema
WHERE type = 'view'
    AND name IN (
        'event', 'log', 'log_history', 'producer', 'dead_letter', 'open_operation', 'open_session', 'migration', 'tile', 'checkpoint', 'log_key',
        'emptied', 'commitment'
    )
