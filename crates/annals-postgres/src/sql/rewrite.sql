SELECT annals_rewrite(to_regclass($1))
