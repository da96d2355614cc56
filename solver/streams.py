"""The random streams of a run: independent generators for initialisation, batches, noise and evaluation.

They come from one seed, so that evaluating, for example, can never change the batches.
"""

from typing import Any, NamedTuple

import numpy as np

State = dict[str, Any]


class Streams(NamedTuple):
    """Four independent generators, `SeedSequence(seed).spawn(4)`."""

    initialisation: np.random.Generator
    batches: np.random.Generator
    noise: np.random.Generator
    evaluation: np.random.Generator

    def state(self) -> dict[str, State]:
        """The state of each stream as plain numbers (the integers have 128 bits)."""
        return {name: dict(stream.bit_generator.state) for name, stream in self._asdict().items()}

    def restore(self, state: dict[str, State]) -> None:
        """Continue from `state()`."""
        for name, stream in self._asdict().items():
            stream.bit_generator.state = state[name]


def streams(seed: int) -> Streams:
    """The streams of `seed`, each an np.random.Generator over PCG64."""
    return Streams(*(np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(4)))
