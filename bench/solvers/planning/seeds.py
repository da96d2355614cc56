"""Seeds from names: a run's random numbers depend on (root seed, problem, purpose, repetition) and on nothing else.

A study, one of several independent tuning draws with its own reporting seeds, has a root seed of its own.

The solver is not among them, so all solvers start from the same weights and see the same batches: differences are
paired. Positions are not either, so that a sweep can be extended, sharded or reordered without changing any run.
"""

import zlib

import numpy as np

PURPOSES = ("tune", "report", "target")  # three disjoint sets of seeds


def run_seed(root: int, problem: str, purpose: str, repetition: int) -> int:
    """The seed of one run, below 2^63."""
    state = _sequence(root, problem, purpose, repetition).generate_state(1, np.uint64)[0]
    return int(state >> np.uint64(1))


def study_root(root: int, study: int) -> int:
    """The root seed of one study, below 2^53; study 0 has the root itself, so that a sweep which tunes once is it."""
    if study == 0:
        return root
    return int(_sequence(root, "study", study).generate_state(1, np.uint64)[0] >> np.uint64(11))


def trial_generator(root: int) -> np.random.Generator:
    """The generator that scrambles the trial points; the same for all solvers, so that equal names share points."""
    return np.random.default_rng(_sequence(root, "trials"))


def _sequence(root: int, *names: str | int) -> np.random.SeedSequence:
    """Names become numbers by crc32, numbers stay."""
    key = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.SeedSequence(root, spawn_key=key)
