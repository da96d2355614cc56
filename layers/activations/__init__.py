"""Activations, elementwise: out has the shape of x, and `out=x` works in place."""
