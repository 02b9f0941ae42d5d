-- What an installation has and this database has not.
SELECT wanted.relation || '.' || wanted.name
FROM (VALUES
    ('entries', 'id'), ('entries', 'owner_id'), ('entries', 'type'), ('entries', 'source'), ('entries', 'created'), ('entries', 'updated'),
    ('entries', 'expires'), ('entries', 'deleted'), ('entries', 'tags'), ('entries', 'data'), ('entries', 'logical_key'), ('entries', 'language'),
    ('users', 'id'), ('users', 'created'), ('users', 'timezone'), ('users', 'preferences'), ('reads', 'owner_id'), ('actions', 'owner_id')
) AS wanted (relation, name)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = wanted.relation AND a.attname = wanted.name AND NOT a.attisdropped AND n.nspname = ANY (current_schemas(FALSE))
)
ORDER BY 1
