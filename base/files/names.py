"""Names that come from files are names: they never lead out of the folder in which something gets that name."""

import re

LONGEST = 100
_NAME = re.compile(r"\w[\w.+ -]*")
EXPECTED = "letters, digits, '-', '_', '.', '+'"


def is_name(text: str) -> bool:
    """Whether a text can name a file or folder everywhere: no separator, no control character, no dot at its start."""
    return len(text) <= LONGEST and bool(_NAME.fullmatch(text)) and not text.endswith((".", " "))


def require_name(what: str, text: str) -> str:
    """The text; ValueError unless it `is_name`."""
    if not isinstance(text, str) or not is_name(text):
        raise ValueError(f"{what} is {text!r:.120}; expected a name: {EXPECTED}, {LONGEST} at most")
    return text
