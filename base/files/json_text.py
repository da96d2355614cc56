"""JSON from files: of bounded depth, each key once, and sealed with a SHA-256 over every byte where it is ours.

A sealed document is `json.dumps(content, indent=1)` with a last key "sha256", the hash of the text without that key.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

DEEPEST = 60  # levels; ours have ten
SEAL = "sha256"
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def loads(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError where it is none, is nested too deeply, or has a key twice."""
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(text)
    return json.loads(text, object_pairs_hook=_once)


def _check_depth(text: str) -> None:
    depth = 0
    for part in _PARTS.finditer(text):
        char = part.group()
        depth += (char in "[{") - (char in "]}")
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"a key occurs twice: {next(name for name in names if names.count(name) > 1)!r}")
    return found


def sealed(content: Mapping[str, Any]) -> str:
    """The document of `content` with its seal."""
    bare = json.dumps(content, indent=1)
    return json.dumps({**content, SEAL: hashlib.sha256(bare.encode()).hexdigest()}, indent=1) + "\n"


def unsealed(text: str | bytes) -> dict[str, Any]:
    """The content of a document whose seal fits to the byte, or that has none (of an earlier version)."""
    content = loads(text)
    if not isinstance(content, dict):
        raise ValueError(f"it holds a {type(content).__name__}; expected an object")
    seal = content.pop(SEAL, None)
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    if seal is not None and sealed(content) != text:
        raise ValueError("its SHA-256 does not fit: it was changed")
    return content
