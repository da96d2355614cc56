"""What loading the real MNIST costs in memory, measured in a fresh process: the peak, NumPy and Python included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
MEASURE = """
import sys, mnist
from peak_memory import peak_mib
data = mnist.load(root=sys.argv[1], {})
print(peak_mib(), sum(array.nbytes for array in data.values()) / 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("arguments", "payload", "most"),
    [("", 210, 400), ("standardise=True, seed=0", 210, 400), ("dtype='uint8', scale='raw'", 53, 160)],
)
def test_peak_of_loading(mnist_folder, arguments, payload, most):
    command = [sys.executable, "-c", MEASURE.format(arguments), str(mnist_folder)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    child = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    peak, held = map(float, child.stdout.split())
    assert held == pytest.approx(payload, abs=2)
    assert peak < most
