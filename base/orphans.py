"""A process that works for another one ends soon after it, however that one was ended."""

import os
import threading
import time

EVERY = 1.0  # seconds between two looks


def end_with(parent: int) -> None:
    """From now on this process ends within a second or two after its parent, the process `parent`, has ended.

    A thread looks for another parent, which is what an orphan gets; elsewhere than on POSIX it does nothing.
    """
    if os.name == "posix":
        threading.Thread(target=_watch, args=(parent,), name="end with the parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(EVERY)
    os._exit(1)  # nobody is left to whom anything could be said
