"""The planted bugs as autograd Functions and as custom derivatives of JAX: our checker beside the framework's own.

torch.autograd.gradcheck and jax.test_util.check_grads are used as their documentation says, with their own steps and
tolerances, on float64 inputs. Left out are three Functions that autograd itself puts right (a shape that is summed
down, a view of grad_output), which ours tells as a note. Compiled code of JAX is dropped once before each checker.
Times are those of the processor, all threads together.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from compare_checkers import Column, N, measure, ours_says_wrong

from base.environment import environment
from gradcheck import selftest

CASES = Path(__file__).parents[1] / "gradcheck" / "frameworks"
FORGIVEN = ("affine_db_is_grad_output", "affine_db_keepdim", "view_of_grad_output")
Checker = Callable[[dict[str, Any], int], Any]


def drawn(case: dict[str, Any], seed: int) -> tuple[Any, ...]:
    """One draw of the arguments."""
    args = case["inputs"](np.random.default_rng(seed), N)
    return tuple(args) if isinstance(args, (tuple, list)) else (args,)


def torch_says_wrong(case: dict[str, Any], seed: int) -> bool:
    """torch.autograd.gradcheck with its defaults; the Function gets copies, so that it may write into its input."""
    import torch

    def tensor(value: Any) -> Any:
        made = torch.as_tensor(value) if isinstance(value, (np.ndarray, torch.Tensor)) else value
        floats = isinstance(made, torch.Tensor) and made.is_floating_point()
        return made.double().clone().requires_grad_() if floats else made

    def run(*tensors: Any) -> Any:
        return case["forward"].apply(*(t.clone() if isinstance(t, torch.Tensor) else t for t in tensors))

    return not torch.autograd.gradcheck(run, tuple(map(tensor, drawn(case, seed))), raise_exception=False)


def jax_says_wrong(case: dict[str, Any], seed: int) -> bool:
    """jax.test_util.check_grads of first order with its defaults; forward mode as well where there is a rule for it."""
    import jax
    from jax.test_util import check_grads

    with jax.enable_x64(True):
        leaves, tree = jax.tree_util.tree_flatten(drawn(case, seed))
        floats = [k for k, v in enumerate(leaves) if getattr(v, "dtype", np.dtype(int)).kind == "f"]

        def run(*arrays: Any) -> Any:
            filled = list(leaves)
            for k, array in zip(floats, arrays, strict=True):
                filled[k] = array
            out = case["forward"](*jax.tree_util.tree_unflatten(tree, filled))
            return [o for o in jax.tree_util.tree_leaves(out) if jax.numpy.issubdtype(o.dtype, jax.numpy.floating)]

        modes = ["rev"] if isinstance(case["forward"], jax.custom_vjp) else ["fwd", "rev"]
        try:
            check_grads(run, [jax.numpy.asarray(leaves[k], float) for k in floats], order=1, modes=modes)
        except AssertionError:
            return True
    return False


def compare(framework: str, tools: dict[str, Checker], seeds: int) -> list[Column]:
    """One column a checker on all cases of a framework."""
    files = sorted(CASES.glob(f"planted_{framework}_*.py"))
    cases = [case for path in files for case in selftest.load(path) if case["name"] not in FORGIVEN]
    columns = []
    for name, wrong in tools.items():
        if framework == "jax":
            import jax

            jax.clear_caches()
        columns.append(measure(name, wrong, cases, seeds, time.process_time))
        print(columns[-1].row(), flush=True)
    return columns


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables in Markdown, and write the figures where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="seeds per correct case")
    parser.add_argument("--frameworks", nargs="*", default=["torch", "jax"], choices=["torch", "jax"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures into this file")
    args = parser.parse_args(argv)
    theirs: dict[str, tuple[str, Checker]] = {
        "torch": ("torch.autograd.gradcheck", torch_says_wrong),
        "jax": ("jax.test_util.check_grads", jax_says_wrong),
    }
    found = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for framework in args.frameworks:
            if find_spec(framework) is None:
                print(f"{framework} is not installed: left out")
                continue
            print("| checker | caught | named | false alarms | median processor time |\n|---|---|---|---|---|")
            name, wrong = theirs[framework]
            columns = compare(framework, {f"gradcheck.{framework}": ours_says_wrong, name: wrong}, args.seeds)
            found[framework] = [asdict(c) | {"seconds": float(np.median(c.seconds))} for c in columns]
    if args.json:
        text = json.dumps({"figures": found, "environment": environment()}, indent=1)
        args.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
