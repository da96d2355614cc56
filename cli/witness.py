"""A witness for a command that runs somebody else's code: that code may end the process without a word.

`os._exit(0)` in a target would make a check print nothing and exit with 0. Nothing within a process can stop that, so
the command works in a child process, and its parent wants to be told the exit code before the child ends.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable

from base.orphans import end_with

FAILED = 1


def witnessed(work: Callable[[], int]) -> int:
    """work() in a child process that must say how it ended; its exit code, or 1 and a line where it did not say.

    Only for a command's own process (both go on from here, the child through the rest of the program), and on POSIX.
    """
    if os.name != "posix":
        return work()
    heard, told = os.pipe()
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(heard)
        end_with(parent)
        code = work()
        sys.stdout.flush()
        os.write(told, bytes([code]))
        return code
    os.close(told)
    status = _wait(child)
    with os.fdopen(heard, "rb") as answer:
        said = answer.read(1)
    return said[0] if said else _unsaid(status)


def _wait(child: int) -> int:
    """The child's exit code, negative for a signal; what is sent to this process goes to the child."""
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, lambda number, frame: os.kill(child, number))
    while True:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except KeyboardInterrupt:  # from the keys both processes get it; sent to this one alone, it is handed on
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGINT)


def _unsaid(code: int) -> int:
    """The exit code of a child that did not say one: errors have been printed, everything else is told here."""
    if code > 0:
        return code
    how = f"by {signal.Signals(-code).name}" if code else "with exit code 0 (os._exit, os.execv)"
    print(
        f"layergraph: error: the code under check ended the process {how}, before anything was judged: "
        "it has not been checked",
        file=sys.stderr,
    )
    return 128 - code if code else FAILED
