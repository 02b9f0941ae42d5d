-- Not by `to_regclass`, which asks a cache.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = 'copying' AND nspname = ANY (current_schemas(false))
)
