"""What a result depends on besides the program: versions of Python, NumPy, SciPy and BLAS, the processor, the threads.

Names and versions only: no host, no user, no path.
"""

import functools
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS")


def environment() -> dict[str, Any]:
    """Versions, BLAS and the kernel it runs, CPU model and BLAS thread count; what cannot be known is None."""
    return {**_fixed(), "blas_kernel": blas_kernel(), "threads": blas_threads()}


@functools.cache
def _fixed() -> dict[str, Any]:
    """What cannot change within a process."""
    blas, version = _blas()
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": _version("scipy"),
        "blas": blas,
        "blas_version": version,
        "cpu": _cpu(),
    }


def blas_threads() -> int | None:
    """BLAS threads: asked of the library with threadpoolctl, else read from the environment, else None."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        values = [os.environ.get(name, "") for name in _THREAD_VARIABLES]
        return next((int(value) for value in values if value.isdecimal()), None)
    counts = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(counts) if counts else None


def blas_kernel() -> str | None:
    """Which of its kernels the BLAS runs (of OpenBLAS, "Haswell"), asked of threadpoolctl; None where it cannot say.

    It follows the processor, or OPENBLAS_CORETYPE, and kernels differ in the last bits of a product.
    """
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    named = {pool.get("architecture") for pool in threadpool_info() if pool["user_api"] == "blas"} - {None}
    return "+".join(sorted(map(str, named))) or None


def _blas() -> tuple[str | None, str | None]:
    try:
        built: Any = np.show_config(mode="dicts")
        blas = built["Build Dependencies"]["blas"]
        return blas.get("name"), blas.get("version")
    except (TypeError, KeyError, AttributeError):
        return None, None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or None
