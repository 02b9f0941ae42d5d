DELETE FROM checkpoint WHERE kept = 'hour' AND size < $1 AND signed_at >= $2 AND signed_at < $2 + 3600000000000
