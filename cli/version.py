"""`layergraph --version`: our version, and the versions that results depend on."""

import argparse
import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import Any

OPTIONAL = {"numba": "Numba", "matplotlib": "matplotlib", "sklearn": "scikit-learn", "PIL": "Pillow", "onnx": "ONNX"}
NAMES = {"sklearn": "scikit-learn", "PIL": "pillow"}


class Version(argparse.Action):
    """Prints the lines and ends, as argparse's own action for a version does; NumPy is loaded only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print and exit with 0."""
        print("\n".join(lines()))
        parser.exit()


def lines() -> list[str]:
    """layergraph first, alone on its line; then Python, NumPy, SciPy, BLAS with its threads, and what else is there."""
    from base.environment import environment

    found = environment()
    blas = " ".join(str(found[key]) for key in ("blas", "blas_version", "blas_kernel") if found[key]) or "unknown"
    count = found["threads"]
    threads = "threads unknown" if count is None else f"{count} thread" + "s" * (count > 1)
    optional = [f"{shown} {_version(name)}" for name, shown in OPTIONAL.items() if importlib.util.find_spec(name)]
    return [
        f"layergraph {_version('layergraph')}",
        f"Python {found['python']}   NumPy {found['numpy']}   SciPy {found['scipy']}",
        f"BLAS {blas}, {threads}",
        *(["   ".join(optional)] if optional else []),
    ]


def _version(name: str) -> str:
    try:
        return version(NAMES.get(name, name))
    except PackageNotFoundError:
        return "(not installed)"
