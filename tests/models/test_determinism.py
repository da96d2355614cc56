"""The same seed gives the same bits in fresh processes, whatever order Python's hashes have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OPTIONS = "dropout=0.3, batch_norm=True, noise=0.1, reg=1e-3, l1=1e-4, rng=7, dtype=np.float32"
NETS = {
    "mlp": f"models.mlp([12, 20, 20, 4], {OPTIONS})",
    "convnet": f"models.convnet('6x2p1,pool,5x2,8', image=(3, 4), num_classes=4, {OPTIONS})",
}
CODE = """
import hashlib, numpy as np, models
net = NET
rng = np.random.default_rng(1)
X, y = rng.standard_normal((50, 12)), rng.integers(4, size=50)
grads = net.params.like()
for _ in range(30):
    net.loss(X, y, out=grads, rng=rng)
    net.params.flat -= np.float32(0.1) * grads.flat
digest = hashlib.sha256(net.params.flat)
for array in net.state.values():
    digest.update(array)
print(digest.hexdigest(), net.evaluate(X, y))
"""


@pytest.mark.parametrize("net", NETS)
def test_fresh_processes_agree(net):
    """One BLAS thread: with more, a product's bits may depend on their number."""
    results = set()
    for seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": "1"}
        run = subprocess.run(
            [sys.executable, "-c", CODE.replace("NET", NETS[net])],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        results.add(run.stdout)
    assert len(results) == 1
