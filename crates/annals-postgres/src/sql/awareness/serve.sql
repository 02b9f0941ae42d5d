UPDATE embedding_model SET serves = (model = $1) WHERE serves <> (model = $1)
