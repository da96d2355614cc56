"""The checkpoint: a file of plain arrays without pickle, taken from a run and put back into one, bit for bit."""

from .file import FORMAT, VERSION, Checkpoint, read, write

__all__ = ["FORMAT", "VERSION", "Checkpoint", "read", "write"]
