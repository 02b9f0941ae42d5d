SELECT model, name, dimension FROM embedding_model WHERE serves = 1
