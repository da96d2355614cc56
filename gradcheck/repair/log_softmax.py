"""The edit that keeps a softmax loss finite: log(p[rows, y]) taken from the shifted scores instead of from p.

log p = z - log(sum(exp(z))) with z = x - max(x). p itself underflows to 0 once a score lies 745 below the largest.
"""

import ast
import copy
from collections.abc import Iterator

from .edit import Edit, spell


def log_softmax(tree: ast.Module) -> Iterator[Edit]:
    """Copies of the function in which the log of a probability is taken from the scores, shifted where they are not."""
    for position, exp in enumerate(_exps(tree)):
        scores = ast.unparse(exp.args[0])
        for axis in ("1", "-1", "0"):
            for z in (scores, f"({scores} - np.max({scores}, axis={axis}, keepdims=True))"):
                new = copy.deepcopy(tree)
                _exps(new)[position].args[0] = ast.parse(z, mode="eval").body
                stable = f"({z} - np.log(np.sum(np.exp({z}), axis={axis}, keepdims=True)))"
                for log in _logs(new):
                    of = log.args[0]
                    index = f"[{ast.unparse(of.slice)}]" if isinstance(of, ast.Subscript) else ""
                    log.func = ast.parse("np.asarray", mode="eval").body
                    log.args = [ast.parse(stable + index, mode="eval").body]
                first = (_logs(tree) or [exp])[0]
                text = f"{spell(first)} -> shifted - np.log(np.sum(np.exp(shifted), axis={axis}, keepdims=True))"
                shift = f"{text}, with shifted = {z}{'' if z == scores else f', in {spell(exp)} as well'}"
                yield Edit(ast.fix_missing_locations(new), "NONFINITE", shift, first.lineno)


def _exps(tree: ast.Module) -> list[ast.Call]:
    """Every np.exp of something that is no logarithm."""
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _is(n, "exp") and not _is(n.args[0], "log")]


def _logs(tree: ast.Module) -> list[ast.Call]:
    """Every np.log of a name, or of entries of one."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _is(n, "log")]
    return [n for n in calls if isinstance(n.args[0], ast.Subscript | ast.Name)]


def _is(node: ast.AST, name: str) -> bool:
    """Whether the node is a call np.<name>(one argument)."""
    return (
        isinstance(node, ast.Call) and len(node.args) == 1 and ast.unparse(node.func) in (f"np.{name}", f"numpy.{name}")
    )
