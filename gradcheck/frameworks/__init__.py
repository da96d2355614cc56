"""Backward passes of other frameworks: PyTorch's autograd functions and modules, JAX's custom derivatives."""
