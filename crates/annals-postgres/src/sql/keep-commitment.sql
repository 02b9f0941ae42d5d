-- Those of the first time stay: later there is nothing any more to compute them from. A key that is not kept now is destroyed.
INSERT INTO commitment (seq, who, context, details, who_key, context_key) SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BYTEA[], $4::BYTEA[], $5::BYTEA[], $6::BYTEA[])
ON CONFLICT (seq) DO UPDATE SET who_key = excluded.who_key, context_key = excluded.context_key
