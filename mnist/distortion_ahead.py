"""Fields of the coming training steps, made in the background while the current step computes."""

from concurrent.futures import Future, ThreadPoolExecutor

from .distortions import Distortion, Fields

_AHEAD = 2  # steps: one being used next, one being made


class Ahead:
    """`fields(step)` as `distortion.fields(seed, step, n)` gives them, while those of the next steps are made.

    Steps are usually asked for in order; any other order costs time, never a different result.
    """

    def __init__(self, distortion: Distortion, seed: int, n: int):
        self.distortion, self.seed, self.n = distortion, seed, n
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="distortions")
        self._coming: dict[int, Future[Fields]] = {}

    def fields(self, step: int) -> Fields:
        """The fields of this step, for n images."""
        self._coming = {at: made for at, made in self._coming.items() if step <= at <= step + _AHEAD}
        for at in range(step, step + 1 + _AHEAD):
            if at not in self._coming:
                self._coming[at] = self._worker.submit(self.distortion.fields, self.seed, at, self.n)
        return self._coming.pop(step).result()
