"""Targets in a repository of several files: siblings, the working folder, and a `layers.py` that is not ours."""

import os
import subprocess
import sys

import pytest

import layers
from base import user_code
from cli.main import main

PAIR = """
from {of} import squash, slope
def squash_forward(x): return squash(x), x
def squash_backward(dout, x): return dout * slope(x)
def inputs(rng, n): return (rng.standard_normal((n, 3)),)
"""
HELPERS = "import numpy as np\ndef squash(x): return np.tanh(x)\ndef slope(x): return 1 - np.tanh(x) ** 2\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A function that writes files, in the working folder."""
    monkeypatch.chdir(tmp_path)
    before, finders = set(sys.modules), list(sys.meta_path)

    def write(**files):
        for name, text in files.items():
            path = tmp_path / (
                name.replace("____", "/__").replace("__init__", "@").replace("__", "/").replace("@", "__init__") + ".py"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    yield write
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def passes(target):
    return main(["gradcheck", target, "--no-repair", "--quiet"]) == 0


@pytest.mark.parametrize("target", ["parts/acts.py:", "parts.acts:"])
def test_a_file_finds_what_lies_in_the_working_folder(repository, target):
    repository(parts__acts=PAIR.format(of="common.functions"), common__functions=HELPERS)
    assert passes(f"{target}squash_forward,squash_backward")


def test_what_lies_beside_the_file_comes_before_the_working_folder(repository):
    repository(parts__acts=PAIR.format(of="functions"), parts__functions=HELPERS, functions="squash = slope = None")
    assert passes("parts/acts.py:squash_forward,squash_backward")


@pytest.mark.parametrize("target", ["net.py:", "net:"])
@pytest.mark.parametrize("name", ["layers", "solver", "models"])
def test_the_users_own_package_is_not_hidden_by_ours(repository, target, name):
    repository(net=PAIR.format(of=name), **{name: HELPERS})
    ours = sys.modules[name] if name in sys.modules else __import__(name)
    assert passes(f"{target}squash_forward,squash_backward")
    assert sys.modules[name] is ours, "afterwards the name is ours again"
    assert layers.affine_forward is sys.modules["layers"].affine_forward


@pytest.mark.parametrize("target", ["net.py:", "net:"])
def test_in_a_process_of_its_own(repository, target):
    """Where nothing of ours has been loaded yet."""
    repository(net=PAIR.format(of="layers"), layers=HELPERS)
    start = "import sys; sys.path.pop(0); from cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "gradcheck", f"{target}squash_forward,squash_backward"]
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=plain)
    assert (done.returncode, done.stdout[:4]) == (0, "PASS"), done.stdout + done.stderr


def test_a_package_of_the_users_with_modules_of_its_own(repository):
    repository(net=PAIR.format(of="layers.parts"), layers____init__="", layers__parts=HELPERS)
    assert passes("net.py:squash_forward,squash_backward")


def test_without_a_file_of_that_name_it_is_ours(repository):
    repository(net="from layers import relu_forward\nfrom models import mlp\n")
    assert user_code.load("net.py").relu_forward is layers.relu_forward
