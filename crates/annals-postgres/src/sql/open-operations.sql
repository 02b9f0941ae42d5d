INSERT INTO open_operation (name, seq, owner, session, recorded_at) SELECT * FROM unnest($1::BYTEA[], $2::BIGINT[], $3::BYTEA[], $4::BYTEA[], $5::BIGINT[])
