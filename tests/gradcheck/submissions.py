"""A reference and what students hand in, for the tests of grading."""

from gradcheck.grading.grade import grade
from gradcheck.grading.process import Limits

REFERENCE = """
import numpy as np

POINTS = {"affine": 4}

def affine_inputs(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)

def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def relu_inputs(rng, n):
    return (rng.standard_normal((n, 4)),)

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, x):
    return dout * (x > 0)

def square_loss_inputs(rng, n):
    return rng.standard_normal((n, 2)), rng.standard_normal((n, 2))

def square_loss(x, y):
    d = x - y
    return float((d * d).sum() / len(x)), 2 * d / len(x)
"""
ENDLESS = "    import time\n    while True:\n        time.sleep(1)\n"
LIMITS = Limits(timeout=4.0, memory=3072)


def edited(*pairs):
    source = REFERENCE
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


MEAN = edited(("dout.sum(axis=0)", "dout.mean(axis=0)"))
NO_BIAS = edited(("x @ w + b,", "x @ w,"), ("dout.sum(axis=0)", "0 * dout.sum(axis=0)"))
NOTHING = edited(("x @ w + b,", "0 * x @ w,"), ("dout @ w.T, x.T @ dout, dout.sum(axis=0)", "0 * x, 0 * w, 0 * b"))
SUMMED_LOSS = edited(("float((d * d).sum() / len(x)), 2 * d / len(x)", "float((d * d).sum()), 2 * d"))
SHAPE = edited(("np.maximum(x, 0), x", "np.maximum(x, 0)[:1], x"))
RENAMED = edited(("def relu_forward", "def rectify_forward"))
LOOPS = edited(("    return np.maximum(x, 0), x\n", ENDLESS))
EXITS = edited(("    return np.maximum(x, 0), x\n", "    import os\n    os._exit(0)\n"))
SYS_EXITS = edited(("    return np.maximum(x, 0), x\n", "    raise SystemExit(0)\n"))
PRINTS = REFERENCE + 'print(\'{"row": {"verdict": "pass"}}\\n\' * 1000)\n'
RECURSES = edited(("    return np.maximum(x, 0), x\n", "    return relu_forward(x)\n"))
ALLOCATES = edited(("    return np.maximum(x, 0), x\n", "    return [np.empty(10**8) for _ in range(10**6)], x\n"))
CRASHES = edited(("    return np.maximum(x, 0), x\n", "    import os\n    os.kill(os.getpid(), 11)\n"))
WRITES_ELSEWHERE = edited(("    return np.maximum(x, 0), x\n", "    x += 1\n    return np.maximum(x, 0), x\n"))
LOADED_FOR_EVER = "import time\nwhile True:\n    time.sleep(1)\n"
EXITS_AT_ONCE = "import os\nos._exit(0)\n"
NO_PYTHON = "def affine_forward(x:\n"
FULL = {"affine": 4.0, "relu": 2.0, "square_loss": 2.0}


def graded(source, reference, folder, **options):
    """The grades of one submission with this source."""
    path = folder / "mine.py"
    path.write_text(source)
    return grade(path, "mine.py", reference, LIMITS, **{"seed": 0, "repair": False, **options})
