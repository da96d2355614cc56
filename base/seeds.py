"""`seed=` beside `rng=`: two names of one argument."""

from typing import Any


def one_of(rng: Any, seed: int | None) -> Any:
    """`rng`, or `seed` where no rng is given; ValueError where both are: one of them would be ignored."""
    if seed is None:
        return rng
    if rng is not None:
        raise ValueError(f"rng and seed={seed!r} are both given; they say the same: pass one of them")
    return seed
