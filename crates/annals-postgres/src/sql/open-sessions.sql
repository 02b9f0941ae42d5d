INSERT INTO open_session (name, seq, created_at, recorded_at) SELECT * FROM unnest($1::BYTEA[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[])
