SELECT model, name, dimension, to_regtype('vector') IS NOT NULL, (SELECT reltuples::BIGINT FROM pg_class WHERE oid = to_regclass('entry_vector_near_' || model)) FROM embedding_model WHERE serves
