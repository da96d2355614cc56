"""Reading `mnist.pkl.gz` of the deep-learning texts, a pickle of three pairs, without executing it.

Its training and validation images are the 60,000 of MNIST's training file in their order, its pixels k / 256; they
are joined and brought back to bytes, so that the canonical sums hold for this container too.
"""

from pathlib import Path

import numpy as np

from ..parts import Parts
from ..recover import to_images, to_labels
from ..stream import ByteStream
from .numpy_names import KNOWN, PickledArray
from .opcodes import run

_STREAM_LIMIT = 1 << 30  # Python 2's text protocol writes a zero byte as four characters; what is kept is far less
_SETS = ("train", "validation", "t10k")


def read_pickle(path: str | Path) -> Parts:
    """The parts in a pickle of ((X, y) train, (X, y) validation, (X, y) test), gzip or not, protocols 0 to 5.

    Raises DataError: any opcode or name that an array does not need (the name is in the message), another structure,
    pixels or labels that are not MNIST's.
    """
    path = Path(path)
    with ByteStream(path, _STREAM_LIMIT) as stream:
        sets = run(stream, KNOWN)
        stream.finish()
        if not isinstance(sets, tuple | list) or len(sets) != len(_SETS):
            raise stream.error(f"holds {_what(sets)}; expected three pairs of images and labels.")
        images, labels = [], []
        for name, pair in zip(_SETS, sets, strict=True):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise stream.error(f"holds {_what(pair)} as its {name} set; expected a pair of images and labels.")
            x, y = (member.array if isinstance(member, PickledArray) else None for member in pair)
            if x is None or y is None:
                raise stream.error(f"holds no arrays in its {name} set; expected images and labels.")
            images.append(to_images(x, f"{name} images", path.name))
            labels.append(to_labels(y, f"{name} labels", path.name))
    return Parts(np.concatenate(images[:2]), np.concatenate(labels[:2]), images[2], labels[2])


def _what(value: object) -> str:
    """The kind of a value from the pickle, never its text, which may be endless."""
    return f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
