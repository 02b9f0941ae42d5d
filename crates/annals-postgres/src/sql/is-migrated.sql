-- Not by `to_regclass`: that asks a cache, which learns of a table that another session has made no sooner than at the next lock of a table, and so not behind the lock of migrations.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = 'migration' AND nspname = ANY (current_schemas(false))
)
