-- Rows that are not there any more are as empty as can be. `$2` says whether being there is enough to be unfinished.
SELECT EXISTS (
    SELECT 1
    FROM emptied JOIN event ON event.seq = emptied.seq
    WHERE emptied.by_seq = $1 AND ($2 OR event.erased_by IS NULL OR event.erased_by < $1)
)
