SELECT space, n FROM entry_space
