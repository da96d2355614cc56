"""The names of measures for readers. NumPy is not loaded here: the command line reads them before it sets threads."""

SHARES = ("accuracy", "subset_accuracy")  # shares of all rows, which may be shown in per cent
_READ = {"r2": "R2", "rmse": "RMSE"}


def readable(name: str) -> str:
    """A measure's name as a reader has it: R2, RMSE, subset accuracy."""
    return _READ.get(name, name.replace("_", " "))
