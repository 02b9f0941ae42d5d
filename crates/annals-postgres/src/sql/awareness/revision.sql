SELECT revision FROM entry_space WHERE space = $1
