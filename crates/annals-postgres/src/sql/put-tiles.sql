INSERT INTO tile (level, n, hashes) SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::BYTEA[])
ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes
