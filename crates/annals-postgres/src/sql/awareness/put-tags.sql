INSERT INTO entry_tag (n, space, tag) SELECT $1, $2, tag FROM unnest($3::TEXT[]) AS tag
