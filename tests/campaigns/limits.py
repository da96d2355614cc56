"""Memory and time of one attempt: what it took at most, and a limit that it meets."""

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path


def memory(name: str, fresh: bool = False) -> int:
    """A figure of /proc/self/status in bytes, 0 where there is none; `fresh`: the peak begins anew."""
    with contextlib.suppress(OSError):
        if fresh:
            Path("/proc/self/clear_refs").write_text("5")
        return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0]) * 1024
    return 0


@contextlib.contextmanager
def limited(size: int) -> Iterator[None]:
    """No more than `size` bytes of further addresses."""
    old = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, ((memory("VmSize") or 1 << 40) + size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, old)


def for_memory(error: BaseException | None) -> bool:
    """Whether an error came of memory that was not to be had, however it was put in other words."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
