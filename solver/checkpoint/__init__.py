"""The checkpoint: a file of plain arrays without pickle, taken from a run and put back into one, bit for bit."""

from .file import FORMAT as FORMAT, VERSION as VERSION, Checkpoint as Checkpoint, read as read, write as write
