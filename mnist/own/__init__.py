"""Data of one's own: arrays, tables, idx files of any size and folders of pictures; split, coded, scaled."""

from .kept import Kept as Kept
from .loading import load_own as load_own
