"""Every file of examples/ runs in a process of its own, with a small budget, and says that it succeeded.

By default the two that newcomers read first; `make thorough` runs all.
"""

import functools
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.bench.mpiexec import on_ranks
from tests.sampled import sampled

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
NEEDS = {"torch_function": "torch", "jax_rules": "jax", "mpi_train": "mpi4py"}


@functools.cache
def run(example: str, *first_on_path: Path) -> subprocess.CompletedProcess[str]:
    """The finished process, in an empty folder, with warnings as errors."""
    path = os.pathsep.join(map(str, [*first_on_path, ROOT]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(ROOT / "examples" / f"{example}.py"), "--fast"]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


FIRST = ("compose_by_hand", "course_two_layer")


@pytest.mark.parametrize("example", sampled(EXAMPLES, FIRST))
def test_example(example):
    if example in NEEDS and find_spec(NEEDS[example]) is None:
        extra = NEEDS[example].removesuffix("4py")
        pytest.skip(f"needs {NEEDS[example]} (pip install 'layergraph[{extra}]')")
    done = run(example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout


def test_the_net_composed_by_hand_is_checked_and_learns():
    out = run("compose_by_hand").stdout
    assert out.startswith("PASS")
    assert float(re.search(r"test accuracy ([\d.]+)", out).group(1)) > 0.93


def test_the_net_composed_by_hand_needs_no_scikit_learn(tmp_path):
    (tmp_path / "sklearn.py").write_text("raise ImportError('not installed')\n", encoding="utf-8")
    done = run("compose_by_hand", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout != run("compose_by_hand").stdout


def test_the_course_example_prints_small_errors_and_trains():
    out = run("course_two_layer").stdout
    errors = [float(error) for error in re.findall(r" error: ([\d.e+-]+)", out)]
    assert len(errors) == 20
    assert max(errors) < 1e-6
    assert float(re.search(r"svm_loss: loss ([\d.]+)", out).group(1)) == pytest.approx(9, abs=0.01)
    assert float(re.search(r"softmax_loss: loss ([\d.]+)", out).group(1)) == pytest.approx(2.3026, abs=1e-3)
    assert "(Epoch 15 / 15) train acc: " in out


@pytest.mark.thorough
def test_the_course_normalisation_example_shows_what_norms_do():
    """Standardised where it says so, twelve gradients, and nets of tiny weights that only a norm can train."""
    out = run("course_normalisation").stdout
    errors = [float(error) for error in re.findall(r" error: ([\d.e+-]+)", out)]
    assert len(errors) == 12
    assert max(errors) < 1e-6
    deviations = re.findall(r"stds : \[([^]]+)\]", out)
    assert [set(row.split()) for row in deviations[1:3]] == [{"1."}, {"1.", "2.", "3."}]
    assert [set(row.split()) for row in deviations[4:]] == [{"3."}, {"1."}, {"1."}]
    none, batch, layer = map(float, re.search(r"\n +0\.01 +([\d.]+) +([\d.]+) +([\d.]+)", out).groups())
    assert none < 0.4 < min(batch, layer)


@pytest.mark.thorough
def test_the_course_convolution_example_prints_small_errors_and_trains():
    out = run("course_conv").stdout
    errors = [float(error) for error in re.findall(r" error: ([\d.e+-]+)", out)]
    assert len(errors) == 18
    assert max(errors) < 1e-6
    assert float(re.search(r"initial loss: ([\d.]+)", out).group(1)) == pytest.approx(2.3026, abs=1e-3)
    assert float(re.search(r"100 images: train acc ([\d.]+)", out).group(1)) > 0.95
    assert float(re.search(r"test accuracy ([\d.]+)", out).group(1)) > 0.85


@pytest.mark.thorough
def test_training_over_two_ranks_ends_as_on_one():
    """Rank 0 alone prints; what a step costs comes first, the losses agree to rounding."""
    said = [on_ranks(ranks, ROOT / "examples" / "mpi_train.py", "--fast") for ranks in (1, 2)]
    assert [(done.returncode, done.stderr) for done in said] == [(0, "")] * 2
    for ranks, done in enumerate(said, 1):
        first, *_, last = done.stdout.splitlines()
        assert first.startswith(f"data parallel over {ranks} ranks: gradient of the batch ")
        assert re.fullmatch(rf"\d+ steps on {ranks} ranks: test accuracy 0\.\d{{4}}, loss \d\.\d{{9}}", last)
    one, two = (re.sub(r"on \d ranks", "", done.stdout.splitlines()[-1]) for done in said)
    assert one == two
