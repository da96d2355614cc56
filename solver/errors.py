"""The two errors that a run can meet: a checkpoint that does not fit, and a loss that left the numbers."""


class CheckpointError(Exception):
    """A checkpoint that cannot be read, does not fit the model or the data, or could not be written."""


class DivergedError(ArithmeticError):
    """The loss or a gradient became NaN or infinite; the message names the tensor, the step and what to try."""
