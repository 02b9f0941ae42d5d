INSERT INTO copying (one, bookmark) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET bookmark = excluded.bookmark
