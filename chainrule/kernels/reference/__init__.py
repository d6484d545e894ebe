"""The definition of every kernel, in plain array code: slow, short, and right."""
