-- A statement of its own: what is read in the statement that waits for the lock is as old as the wait.
SELECT stamp FROM log_head FOR UPDATE
