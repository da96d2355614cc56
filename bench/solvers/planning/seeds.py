"""Seeds from names: a run's random numbers depend on (root seed, problem, purpose, repetition) and on nothing else.

The solver is not among them, so all solvers start from the same weights and see the same batches: differences are
paired. Positions are not either, so that a sweep can be extended, sharded or reordered without changing any run.
"""

import zlib

import numpy as np

PURPOSES = ("tune", "report", "target")  # three disjoint sets of seeds


def spawn_key(*names: str | int) -> tuple[int, ...]:
    """A key for SeedSequence: crc32 of each name, integers as they are."""
    return tuple(name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names)


def run_seed(root: int, problem: str, purpose: str, repetition: int) -> int:
    """The seed of one run, below 2^63."""
    sequence = np.random.SeedSequence(root, spawn_key=spawn_key(problem, purpose, repetition))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def trial_generator(root: int) -> np.random.Generator:
    """The generator that scrambles the trial points; the same for all solvers, so that equal names share points."""
    return np.random.default_rng(np.random.SeedSequence(root, spawn_key=spawn_key("trials")))
