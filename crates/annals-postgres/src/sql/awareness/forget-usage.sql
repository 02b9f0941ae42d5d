DELETE FROM entry_usage AS u USING unnest($1::BIGINT[]) AS gone (seq)
WHERE u.id >= gone.seq * 1024 AND u.id < (gone.seq + 1) * 1024
RETURNING u.kind, u.space, u.entry
