"""The one error of this package: something is wrong with a data file, or there is none.

Its text names the file, the reason and what to do, so that a caller can print it as it is.
"""

from pathlib import Path


class DataError(Exception):
    """A data set is absent, damaged, or not what its name says."""


_LOOKS = (
    (b"<!doctype", "a web error page was saved"),
    (b"<html", "a web error page was saved"),
    (b"<?xml", "a web error message was saved"),
    (b"version https://git-lfs", "a Git LFS pointer was saved, not the file itself: run 'git lfs pull'"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x93NUMPY", "a .npy file"),
    (b"\x89HDF", "an HDF5 file"),
)


_SHORTEST = 4  # bytes that every format here begins with


def starts_with(head: bytes) -> str:
    """What a file that is of the wrong kind turns out to be, told from its first bytes."""
    if not head:
        return "it is empty (0 bytes). Fetch it again. It was cut short before its first byte."
    text = head.lstrip()
    for start, what in _LOOKS:
        if text.lower().startswith(start.lower()):
            shown = text[: len(start)].decode("latin-1")
            return f"it starts with {shown!r} — {what}."
    if len(head) < _SHORTEST:
        return f"it starts with {printable(head)} and is cut short there. Fetch it again."
    return f"it starts with {printable(head[:8])}."


def printable(raw: bytes | str, most: int = 80) -> str:
    """Untrusted text, quoted and escaped, at most `most` characters of it."""
    text = raw if isinstance(raw, str) else bytes(raw[: most + 1]).decode("latin-1")
    return ascii(text[:most]) + ("..." if len(text) > most else "")


def shown(path: Path) -> str:
    """The path as a person would write it: the home folder as `~`."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
