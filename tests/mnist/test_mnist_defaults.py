"""What is loaded that nobody has told otherwise: the defaults of every public call."""

from defaults import defaults

import mnist

CALLS = {
    "Distortion": {"shape": (28, 28), "elastic": 0.0, "sigma": 4.0, "rotation": 0.0, "scaling": 0.0, "shear": 0.0,
                   "shift": 0.0},
    "Frame": {"shape": (28, 28), "box": 20, "centre": (14.0, 14.0), "by_mass": True, "strokes": (1.8, 3.7),
              "dark_paper": True},
    "Info": {"notes": ()},
    "fetch": {"verify": True, "progress": False},
    "fetch_family": {"verify": True, "progress": False},
    "load": {"name": "mnist", "dtype": "float32", "scale": True, "standardise": False, "flatten": True, "verify": True,
             "drop": (), "real": False, "prepare": False},
    "read_idx": {"limit": 2**28},
    "read_npz": {"limit": 2**28, "text": False},
}  # fmt: skip


def test_of_every_call():
    found = defaults(mnist)
    assert all(found[name].pop("log")("unheard") is None for name in ("fetch", "fetch_family"))
    assert found == CALLS
