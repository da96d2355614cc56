"""The peak memory of this process in MiB, for child processes of tests.

`getrusage`'s peak would include the parent's, which a child inherits when it is started; the kernel's VmHWM begins
anew. Where there is no /proc the answer is 0, and the tests that need it are skipped.
"""

from pathlib import Path


def peak_mib() -> float:
    status = Path("/proc/self/status")
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024 if status.exists() else 0.0
