"""`seed=` beside `rng=`: two names of one argument."""

from typing import Any


def one_of(rng: Any, seed: int | None) -> Any:
    """`rng`, or `seed` where no rng is given; ValueError where two of them are: one would be ignored."""
    if seed is None or rng is seed:
        return rng
    if rng is not None:
        raise ValueError(f"rng and seed={seed!r} are both given; they say the same: pass one of them")
    return seed
