INSERT INTO emptied (by_seq, seq) SELECT $1, unnest($2::BIGINT[])
