"""Layers of images beside torch's: forward and backward of one layer on one batch, in turns, round by round."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .problem import UnavailableError
from .process import Process, served, threads_asked_for
from .ratios import ratio
from .rounds import UnequalWorkError

NAMES = ("ours", "torch")
PASSES = ("forward", "backward", "backward, no dx")
TOLERANCE = {"float32": 1e-3, "float64": 1e-9}  # relative, of the sums of what is computed


class Case(NamedTuple):
    """One row of the table: a registered layer, the shape of its images, that of its filters, its settings."""

    layer: str
    x: tuple[int, ...]
    w: tuple[int, ...] | None
    settings: dict[str, int]

    @property
    def title(self) -> str:
        """The layer and its settings."""
        given = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{self.layer} {given}".rstrip()

    def arrays(self, dtype: str) -> tuple[Array, ...]:
        """x and, for a convolution, w and b: the same for everybody."""
        rng, shapes = np.random.default_rng(0), [self.x]
        if self.w is not None:
            shapes += [self.w, self.w[:1]]
        return tuple(rng.standard_normal(shape).astype(dtype) for shape in shapes)


CASES = (
    Case("conv2d", (100, 1, 28, 28), (32, 1, 5, 5), {}),
    Case("conv2d", (100, 32, 12, 12), (64, 32, 5, 5), {}),
    Case("conv2d", (100, 64, 14, 14), (64, 64, 3, 3), {"padding": 1}),
    Case("max_pool2d", (100, 32, 24, 24), None, {"size": 2}),
    Case("max_pool2d", (100, 32, 24, 24), None, {"size": 3, "stride": 2}),
    Case("average_pool2d", (100, 32, 24, 24), None, {"size": 2}),
)

Pass = Callable[[], Any]


def measure(
    dtype: str, rounds: int, seconds: float, threads: int | None, say: Callable[[str], None],
    cases: Sequence[Case] = CASES,
) -> dict[str, Any]:  # fmt: skip
    """Seconds a call of every pass of every case in every round, and why a contender is missing.

    Raises UnequalWorkError where contenders compute other values than we do.
    """
    result: dict[str, Any] = {"dtype": dtype, "threads": threads, "cases": [], "missing": {}}
    with ExitStack() as stack:
        processes = {n: stack.enter_context(Process(n, threads, "bench.speed.layers")) for n in NAMES}
        for case in cases:
            say(f"{case.title} on {case.x}")
            ready = {n: p.ask(case=case._asdict(), dtype=dtype, seconds=seconds) for n, p in processes.items()}
            result["missing"] |= {n: a["unavailable"] for n, a in ready.items() if "unavailable" in a}
            running = [n for n in NAMES if n not in result["missing"]]
            _compare({n: ready[n]["sums"] for n in running}, case, TOLERANCE[dtype])
            times: dict[str, list[dict[str, float]]] = {n: [] for n in running}
            for turn in range(rounds):
                for name in running[turn % len(running) :] + running[: turn % len(running)]:
                    times[name].append(processes[name].ask()["seconds"])
            result["cases"].append({"case": case._asdict(), "seconds": times})
    return result


def _compare(sums: dict[str, list[float]], case: Case, tolerance: float) -> None:
    for name, theirs in sums.items():
        if not np.allclose(theirs, sums["ours"], rtol=tolerance, atol=0):
            raise UnequalWorkError(
                f"{name} has other values than ours for {case.title} on {case.x}: root mean squares of the output and"
                f" the gradients {theirs}; expected {sums['ours']}. The times would compare nothing."
            )


def rows(result: dict[str, Any]) -> list[list[str]]:
    """Cells of the table: our milliseconds for each pass, and how many times torch's that is."""
    cells = [["layer", "x", "w", *(head for name in PASSES for head in (f"{name}, ms", "/ torch's"))]]
    for measured in result["cases"]:
        case, seconds = Case(**measured["case"]), measured["seconds"]
        row = [case.title, _times(case.x), _times(case.w) if case.w else "-"]
        for name in PASSES:
            ours = [one[name] for one in seconds["ours"] if name in one]
            theirs = [one[name] for one in seconds.get("torch", []) if name in one]
            row += [f"{1e3 * np.median(ours):.2f}" if ours else "-", str(ratio(ours, theirs)) if theirs else "-"]
        cells.append(row)
    return cells


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _ours(case: Case, dtype: str) -> tuple[dict[str, Pass], list[Array]]:
    """The passes into buffers that exist, as in a net; and what they computed."""
    from layers import get

    layer, arrays = get(case.layer), case.arrays(dtype)
    backward: Callable[..., Any] = layer.backward  # type: ignore[assignment]  # no loss is among the cases
    out, cache = layer.forward(*arrays, **case.settings)
    dout = np.ones_like(out)
    found = backward(dout, cache)
    buffers: Any = tuple(map(np.empty_like, found)) if isinstance(found, tuple) else np.empty_like(found)
    passes: dict[str, Pass] = {
        "forward": lambda: layer.forward(*arrays, **case.settings, out=out),
        "backward": lambda: backward(dout, cache, out=buffers),
    }
    if case.w is not None:
        passes["backward, no dx"] = lambda: backward(dout, cache, out=buffers, need_dx=False)
    return passes, [out, *(found if isinstance(found, tuple) else (found,))]


def _torch(case: Case, dtype: str, threads: int | None) -> tuple[dict[str, Pass], list[Array]]:
    """torch's functions and its autograd on the same arrays."""
    try:
        import torch
    except ImportError:
        raise UnavailableError("torch is not installed") from None
    functional: Any = torch.nn.functional
    settings = dict(case.settings)
    if threads is not None:
        torch.set_num_threads(threads)
    leaves = [torch.tensor(array, requires_grad=True) for array in case.arrays(dtype)]
    if case.layer == "conv2d":
        forward = partial(functional.conv2d, *leaves, **settings)
    else:
        pool = functional.max_pool2d if case.layer == "max_pool2d" else functional.avg_pool2d
        forward = partial(pool, *leaves, settings.pop("size"), **settings)
    out = forward()
    dout = torch.ones_like(out)

    def gradients(wanted: list[Any]) -> Any:
        autograd: Any = torch.autograd
        return autograd.grad(out, wanted, dout, retain_graph=True)

    passes: dict[str, Pass] = {"forward": forward, "backward": lambda: gradients(leaves)}
    if case.w is not None:
        passes["backward, no dx"] = lambda: gradients(leaves[1:])
    return passes, [out.detach().numpy(), *(gradient.numpy() for gradient in gradients(leaves))]


def _serve(name: str, threads: int | None) -> None:
    contenders: dict[str, Callable[[Case, str], tuple[dict[str, Pass], list[Array]]]]
    contenders = {"ours": _ours, "torch": partial(_torch, threads=threads)}
    make = contenders[name]
    passes: dict[str, Pass] = {}
    counts: dict[str, int] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "case" not in request:
            return {"seconds": {one: _timed(work, counts[one]) for one, work in passes.items()}}
        found, computed = make(Case(**request["case"]), request["dtype"])
        passes.clear()
        passes.update(found)
        for one, work in passes.items():
            each = min(_timed(work, 1) for _ in range(3))
            counts[one] = max(1, round(request["seconds"] / each / len(passes)))
        return {"sums": [float(np.sqrt(np.mean(np.square(array, dtype=float)))) for array in computed]}

    served(answer, threads)


def _timed(work: Pass, times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


if __name__ == "__main__":
    _serve(sys.argv[1], threads_asked_for())
