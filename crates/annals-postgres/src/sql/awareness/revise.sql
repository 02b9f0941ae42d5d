UPDATE entry_space SET revision = revision + 1 WHERE space = $1
