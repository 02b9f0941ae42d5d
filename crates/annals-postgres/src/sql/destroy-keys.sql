UPDATE commitment SET who_key = NULL, context_key = NULL WHERE seq = ANY($1)
