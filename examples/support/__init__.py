"""What the examples share: a small budget on request, MNIST or else the digits, and a place for pictures."""

import sys
from pathlib import Path

import mnist


def fast() -> bool:
    """Whether `--fast` was given: a budget of seconds, to see that an example runs."""
    return "--fast" in sys.argv


def images(limit: int = 5000, **settings) -> mnist.Dataset:
    """MNIST with `limit` training images, float64; scikit-learn's digits where MNIST is absent or time is short."""
    try:
        if fast():
            raise mnist.DataError("the digits are enough")
        return mnist.load("mnist", limit=limit, dtype="float64", **settings)
    except mnist.DataError:
        return mnist.load("digits", dtype="float64", **settings)


def picture(name: str) -> Path:
    """runs/examples/NAME.png, in a folder that exists."""
    folder = Path("runs/examples")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"
