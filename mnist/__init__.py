"""MNIST and its family: found, read safely, verified, split and scaled; `mnist.load()` gives the arrays of a run.

No file is trusted: readers are bounded, checksums are checked, and a pickle is parsed without ever being executed.
"""

from .dataset import Dataset as Dataset, Info as Info
from .distortion_ahead import Ahead as Ahead
from .distortions import Distortion as Distortion, Fields as Fields
from .drawn import Frame as Frame, Likeness as Likeness, Prepared as Prepared, grey as grey, prepare as prepare
from .errors import DataError as DataError
from .fetching import fetch as fetch
from .idx import read_idx as read_idx
from .loading import load as load
from .npz import read_npz as read_npz
from .own.fetching import fetch_family as fetch_family
from .own.picture_file import read_picture as read_picture
from .pickled.mnist_pickle import read_pickle as read_pickle
from .report import describe as describe, verify_file as verify_file, verify_folder as verify_folder
