SELECT model, name, dimension, to_regtype('vector') IS NOT NULL, to_regclass('entry_vector_near_' || model) IS NOT NULL FROM embedding_model WHERE serves
