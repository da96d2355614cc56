"""How busy the machine is, so that timings can be judged.

A fixed matrix product is timed before and after each run, and the share of the run's wall-clock time counted for which
its process really had a processor.
"""

import functools
import time

import numpy as np

_SIZE, _REPEATS = 384, 7


@functools.lru_cache(maxsize=1)
def _matrices() -> tuple[np.ndarray, np.ndarray]:
    square = np.random.default_rng(0).standard_normal((_SIZE, _SIZE), np.float32)
    return square, np.empty_like(square)


def probe() -> float:
    """Median seconds of a 384 x 384 float32 product over seven repeats: some milliseconds of work in all."""
    square, out = _matrices()
    times = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        np.matmul(square, square, out=out)
        times.append(time.perf_counter() - begin)
    return float(np.median(times))
