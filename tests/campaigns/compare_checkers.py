"""The same planted bugs through four checkers: ours, torch's, SciPy's check_grad and the course's relative error.

Each of the others is used as its documentation says, with its own step and tolerance, on one random draw of N = 5; a
backward that raises or has a wrong shape counts as caught. By default all planted bugs of the tests.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck import course, selftest
from gradcheck.subject.adapters import LayerSubject, LossSubject, NetSubject
from gradcheck.subject.gradients import flatten
from gradcheck.subject.subject import Subject, argument_names

N = 5
PLANTED = Path(__file__).parents[1] / "gradcheck" / "planted"
COURSE_LIMIT = 1e-4  # the course: above it "you should feel uncomfortable"
SCIPY_LIMIT = 1e-4  # check_grad returns a norm and no verdict; its forward difference is good for about 1e-8


@dataclass
class Column:
    """One checker's figures."""

    name: str
    bugs: int = 0
    caught: int = 0
    named: int = 0
    correct: int = 0
    alarms: int = 0
    seconds: list[float] = field(default_factory=list)

    def row(self) -> str:
        """One row of the Markdown table."""
        median = float(np.median(self.seconds)) * 1e3 if self.seconds else float("nan")
        caught, alarms = f"{self.caught} of {self.bugs}", f"{self.alarms} of {self.correct}"
        return f"| {self.name} | {caught} | {self.named} | {alarms} | {median:.1f} ms |"


def subject_of(case: dict[str, Any], seed: int) -> tuple[Subject, dict[str, Any]]:
    """The function under test and one draw of its arguments, floats as float64."""
    args = case["inputs"](np.random.default_rng(seed), N)
    args = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    if case["kind"] == "net":
        tree, *rest = args
        reg = float(rest.pop()) if len(rest) == 3 else None
        net = NetSubject(case["forward"], tree, rest, reg, reg is not None)
        return net, dict(zip(net.names, (*flatten(tree).values(), *rest), strict=True))
    names = argument_names(case["forward"], args, None)
    made = LayerSubject(case["forward"], case["backward"], names, None)
    subject: Subject = made if case["kind"] == "layer" else LossSubject(case["forward"], names, None)
    values = {
        n: np.asarray(v, np.float64) if getattr(v, "dtype", None) == np.float32 else v
        for n, v in zip(names, args, strict=True)
    }
    return subject, values


def pieces(subject: Subject, values: dict[str, Any], seed: int) -> tuple[list[Any], dict[str, Any], list[str]]:
    """A random dout, the analytic gradients for it, and the names of what is differentiated."""
    outs, _ = subject.forward(subject.fresh(values))
    rng = np.random.default_rng([seed, 1])
    douts = [rng.standard_normal(o.shape) if subject.kind == "layer" else np.ones(o.shape) for o in outs]
    return douts, subject.run(values, douts)[1], subject.targets(values)


def _outputs(subject: Subject, values: dict[str, Any], _: Any) -> Any:
    return subject.evaluate(values)


def course_says_wrong(case: dict[str, Any], seed: int) -> bool:
    """The course's eval_numerical_gradient_array with h = 1e-5 and its relative error."""
    subject, values = subject_of(case, seed)
    douts, grads, names = pieces(subject, values, seed)
    dout = np.concatenate([d.ravel() for d in douts])
    for name in names:
        mine = subject.fresh(values)
        numeric = course.eval_numerical_gradient_array(partial(_outputs, subject, mine), mine[name], dout)
        if np.shape(grads[name]) != numeric.shape or course.rel_error(grads[name], numeric) > COURSE_LIMIT:
            return True
    return False


def scipy_says_wrong(case: dict[str, Any], seed: int) -> bool:
    """scipy.optimize.check_grad on sum(out * dout), relative to the gradient's norm."""
    from scipy.optimize import check_grad

    subject, values = subject_of(case, seed)
    douts, grads, names = pieces(subject, values, seed)
    dout = np.concatenate([d.ravel() for d in douts])
    for name in names:
        x, grad = np.asarray(values[name]), np.asarray(grads[name], dtype=np.float64)
        if grad.shape != x.shape:
            return True

        def value(flat: Any, name: str = name, shape: Any = x.shape) -> float:
            return float(subject.evaluate({**subject.fresh(values), name: np.array(flat).reshape(shape)}) @ dout)

        error = check_grad(value, lambda flat, g=grad: g.ravel(), x.ravel().astype(np.float64))
        if not error <= SCIPY_LIMIT * max(float(np.linalg.norm(grad)), 1e-12):
            return True
    return False


def torch_says_wrong(case: dict[str, Any], seed: int) -> bool:
    """torch.autograd.gradcheck with its defaults (eps 1e-6, atol 1e-5, rtol 1e-3), the pair wrapped as a Function."""
    import torch

    subject, values = subject_of(case, seed)
    names = subject.targets(values)

    class Pair(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.values = {
                **subject.fresh(values),
                **{n: t.detach().numpy().copy() for n, t in zip(names, tensors, strict=True)},
            }
            outs, ctx.cache = subject.forward(ctx.values)
            made = tuple(torch.from_numpy(np.array(o, dtype=np.float64)) for o in outs)
            return made if len(made) > 1 else made[0]

        @staticmethod
        def backward(ctx: Any, *douts: Any) -> Any:
            raw = subject.backward([d.numpy().copy() for d in douts], ctx.cache, ctx.values)
            found = subject.gradients(raw, ctx.values)
            scale = float(douts[0]) if subject.kind != "layer" else 1.0
            made = [None if not isinstance(found[n], np.ndarray) else torch.from_numpy(found[n] * scale) for n in names]
            return tuple(made) if len(made) > 1 else made[0]

    inputs = tuple(torch.tensor(np.asarray(values[n], np.float64), requires_grad=True) for n in names)
    return not torch.autograd.gradcheck(Pair.apply, inputs, raise_exception=False)


def ours_says_wrong(case: dict[str, Any], seed: int) -> Sequence[str]:
    """The codes of our findings, empty for a pass; a note counts where the case is one of what is noted only."""
    report = selftest.check_case(case, seed, repair=False)
    codes = [f.code for f in report.findings]
    return codes if not report.ok or case["expected"] in codes else []


def measure(
    name: str,
    wrong: Callable[[dict[str, Any], int], Any],
    cases: Sequence[dict[str, Any]],
    seeds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Column:
    """One checker on all cases; correct ones with several seeds."""
    column = Column(name)
    for case in cases:
        expected = case["expected"]
        for seed in range(1 if expected else seeds):
            start = clock()
            try:
                said = wrong(case, seed)
            except Exception:
                said = True
            column.seconds.append(clock() - start)
            if expected is None:
                column.correct += 1
                column.alarms += bool(said)
            else:
                column.bugs += 1
                column.caught += bool(said)
                column.named += isinstance(said, list) and said[:1] == [expected]
    return column


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=sorted(PLANTED.glob("*.py")), help="files that define CASES")
    parser.add_argument("--seeds", type=int, default=5, help="seeds per correct case")
    args = parser.parse_args(argv)
    cases = [case for path in args.files for case in selftest.load(path)]
    tools: dict[str, Callable[[dict[str, Any], int], Any]] = {
        "gradcheck (this project)": ours_says_wrong,
        "course, relative error > 1e-4": course_says_wrong,
        "scipy.optimize.check_grad": scipy_says_wrong,
        "torch.autograd.gradcheck": torch_says_wrong,
    }
    try:
        import torch  # noqa: F401
    except ImportError:
        tools.pop("torch.autograd.gradcheck")
    print("| checker | caught | named | false alarms | median check |\n|---|---|---|---|---|")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, wrong in tools.items():
            print(measure(name, wrong, cases, args.seeds).row(), flush=True)


if __name__ == "__main__":
    main()
