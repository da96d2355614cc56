"""The number of BLAS threads: set before NumPy is loaded, or through threadpoolctl where it is loaded already."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def use_threads(threads: int) -> AbstractContextManager[object]:
    """Use so many BLAS threads from now on; the context gives them back where NumPy was loaded before."""
    if threads < 1:
        raise ValueError(f"threads is {threads}; expected 1 or more")
    for variable in VARIABLES:
        os.environ[variable] = str(threads)
    if "numpy" not in sys.modules:
        return nullcontext()
    try:  # NumPy is loaded already, e.g. in a test or a notebook
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[object] = threadpool_limits(threads, user_api="blas")
    return limits
