-- Those of the first time stay: later there is nothing any more to compute them from. A key that is not kept now is destroyed.
INSERT INTO commitment (seq, who, context, details, who_key, context_key) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (seq) DO UPDATE SET who_key = excluded.who_key, context_key = excluded.context_key
