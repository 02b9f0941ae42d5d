INSERT INTO entry_link (space, target, n) SELECT $2, target, $1 FROM unnest($3::BYTEA[]) AS target
