"""scikit-learn's handwritten digits: 1,797 real images of 8 x 8 pixels with values 0..16, at hand without a download.

The split is fixed and balanced: any head or tail of the training rows holds the classes in their proportions.
"""

import numpy as np

from base.arrays import Array
from base.own_packages import optional

from .parts import Parts

TEST = 360
_SEED = 0


def read_digits() -> Parts:
    """The digits as 1,437 training and 360 test images (N, 8, 8) with labels (N,), all uint8.

    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), the test part, as shipped with
    scikit-learn. Raises ImportError where scikit-learn is missing.
    """
    found = optional("sklearn.datasets", "the digits need scikit-learn: pip install scikit-learn").load_digits()
    images, labels = found.images.astype(np.uint8), found.target.astype(np.uint8)
    order = balanced_order(labels, np.random.default_rng(_SEED))
    train, test = order[:-TEST], order[-TEST:]
    return Parts(images[train], labels[train], images[test], labels[test])


def balanced_order(labels: Array, rng: np.random.Generator) -> Array:
    """A random order of the rows in which every stretch holds the classes in their proportions.

    The members of each class, shuffled, are spread evenly over 0..1 and all rows sorted by that place.
    """
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + rng.uniform()) / len(members)
    return np.argsort(place, kind="stable")
