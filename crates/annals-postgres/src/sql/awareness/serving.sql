SELECT model, name, dimension, to_regtype('vector') IS NOT NULL FROM embedding_model WHERE serves
