"""Functions with something for every kind of slip, and all edits of them as text; run this to write them anew."""

import ast
from pathlib import Path

from gradcheck.repair.edits import edits
from gradcheck.repair.log_softmax import log_softmax

GOLDEN = Path(__file__).parent / "golden" / "edits.txt"
FORMULAS = """
def backward(dout, x):
    dx = -dout * (x > 0) / 2
    s = np.sum(dout, axis=0, keepdims=True)
    m = np.max(x, 1) + x.mean(axis=None)
    w = x.T @ dout - dout.dot(x)
    return dx, ~s ** 2, m
"""
STATEMENTS = """
def backward(dout, cache):
    x = cache[0]
    dx = x
    dx[dout <= 0] = 0
    dx[x] += 1.5 * dout
    dx[1:] += dout
    dout -= True
    a, b = dx, not dout
    np.cos(dx, out=dx)
    return (*cache, np.var(x))
"""
METHOD = """
def backward(self, dout):
    self.dW = self.x.T @ dout + dout
    dx = [dout, self.W]
    self.a, self.b = dx[0], dout > 1
    self.db += dout
    grads = {'W': dx}
    return dout * self.mask
"""
TORCH = """
def backward(ctx, dout):
    x, w = ctx.saved_tensors
    dx = dout.mm(w.t()).clone()
    dx.mul_(2)
    dx[0] = dout.sum(dim=0, keepdim=True)
    dx[x] += dout
    return dx, None
"""
JAX = """
def backward(res, dout):
    dx = res.at[0].set(dout)
    dw = res.at[0].multiply(dout)
    return dx.other[0].set(1), dw
"""
SOFTMAX = """
def loss(x, y):
    p = np.exp(x - 1) / np.sum(numpy.exp(x))
    q = np.exp(np.log(p))
    return -np.log(p[np.arange(len(y)), y]) - np.log(q) - np.log(q + 1)
"""


def changed(before: ast.Module, after: ast.Module) -> str:
    """The lines of the second that are not in the first."""
    old = ast.unparse(before).splitlines()
    return " | ".join(line.strip() for line in ast.unparse(after).splitlines() if line not in old)


def everything() -> str:
    """Every edit: line, code, description, the changed lines."""
    listed = []
    for dialect, source, words in (
        ("numpy", FORMULAS, ()), ("numpy", STATEMENTS, ()), ("torch", TORCH, ()), ("jax", JAX, ()),
        ("method", METHOD, ("self.mask", "self.reg", "self.params['W']")),
    ):  # fmt: skip
        tree = ast.parse(source)
        listed.append(f"{'=' * 20} {dialect}{source}")
        listed += [f"{e.line} {e.code}  {e.text}  =>  {changed(tree, e.tree)}" for e in edits(tree, dialect, words)]
    tree = ast.parse(SOFTMAX)
    listed.append(f"{'=' * 20} log_softmax{SOFTMAX}")
    listed += [f"{e.line} {e.code}  {e.text}  =>  {changed(tree, e.tree)}" for e in log_softmax(tree)]
    return "\n".join(listed) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(everything(), encoding="utf-8")
