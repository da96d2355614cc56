"""A look into a net: how its scores depend on its input, and its nodes as a picture."""
