"""What `layergraph gradcheck FILE.py:NAME` takes a name for: half a pair stands for the pair."""

from pathlib import Path

import pytest

from cli.main import main

PAIR = """
def my_forward(x, w):
    return x @ w, (x, w)

def my_backward(dout, cache):
    x, w = cache
    return dout @ w.T, {dw}

def inputs(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3))

def alone_forward(x, w):
    return x @ w, (x, w)
"""


@pytest.mark.parametrize("name", ["my", "my_forward", "my_forward,my_backward"])
@pytest.mark.parametrize(("dw", "code"), [("x.T @ dout", 0), ("x.T @ dout / len(x)", 1)])
def test_half_a_pair_is_the_pair(name, dw, code, capsys):
    Path("mine.py").write_text(PAIR.format(dw=dw))
    assert main(["gradcheck", f"mine.py:{name}"]) == code
    assert ("SCALE_INV_BATCH" in capsys.readouterr().out) == bool(code)


def test_what_has_no_backward_is_no_pair(capsys):
    Path("mine.py").write_text(PAIR.format(dw="x.T @ dout"))
    assert main(["gradcheck", "mine.py:alone_forward"]) == 1
    assert main(["gradcheck", "mine.py:yours"]) == 3
    assert "'mine.py' has no 'yours'" in capsys.readouterr().err
