"""Which framework an object belongs to, found without importing one: what is not loaded has no objects."""

import sys
from typing import Any


def kind_of(thing: Any) -> str | None:
    """'torch' for an autograd Function, its `apply` or a module; 'jax' for a custom_vjp or custom_jvp; else None."""
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch is not None and hasattr(torch, "autograd"):
        owner = getattr(thing, "__self__", thing)
        if isinstance(owner, type) and issubclass(owner, torch.autograd.Function):
            return None if owner is torch.autograd.Function else "torch"
        if isinstance(thing, torch.nn.Module):
            return "torch"
    if jax is not None and hasattr(jax, "custom_vjp") and isinstance(thing, (jax.custom_vjp, jax.custom_jvp)):
        return "jax"
    return None
