"""Damage to JSON documents and lines that knows JSON: values, keys, order, doubles, depth, encodings, editors."""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from .raw import harm


def harm_json(data: bytes, rng: Random) -> tuple[str, bytes]:
    """One way; a third of the time as raw bytes."""
    if rng.random() < 0.33:
        return harm(data, rng)
    way = rng.choice(_WAYS)
    return way.__name__.strip("_"), way(data.decode("utf-8"), rng)


def _tokens(text: str, rng: Random, pattern: str, new: Callable[[str], str]) -> bytes:
    found = list(re.finditer(pattern, text))
    if not found:
        return text.encode() + b" "
    one = rng.choice(found)
    return (text[: one.start()] + new(one.group()) + text[one.end() :]).encode("utf-8", "surrogatepass")


def _another_number(text: str, rng: Random) -> bytes:
    choices = ("0", "-1", "1e999", "NaN", "Infinity", "null", "true", '"1"', "1" * 400, "1" * 5000, "0.1", "[]")
    number = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
    return _tokens(text, rng, number, lambda old: rng.choice((*choices, old + "0", old[:-1] or "7")))


def _another_text(text: str, rng: Random) -> bytes:
    choices = ('""', "null", '"\\u0000"', '"\\ud800"', '"../../x"', '"\\u001b[2J"', "{}", '"' + "a" * 99_999 + '"')
    return _tokens(text, rng, r'"[^"\\]*"', lambda old: rng.choice((*choices, old[:-1] + 'x"', old.upper())))


def _another_key(text: str, rng: Random) -> bytes:
    return _tokens(text, rng, r'"\w+":', lambda old: rng.choice((f'"{old[1:-2]}_":', '"":', '"sha256":', '"x":')))


def _seal_renamed(text: str, rng: Random) -> bytes:
    """The key of the checksum only, or all of it gone."""
    return rng.choice((text.replace('"sha256"', '"sha265"'), re.sub(r',\s*"sha256": "\w+"', "", text),
                       re.sub(r'"sha256": "\w+"', '"sha256": null', text))).encode()  # fmt: skip


def _twice(text: str, rng: Random) -> bytes:
    """A key once more, with another value."""
    return _tokens(text, rng, r'"\w+": -?\d+', lambda old: f"{old}, {old.partition(':')[0]}: 7")


def _deep(text: str, rng: Random) -> bytes:
    depth = rng.choice((61, 500, 100_000))
    nest = rng.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth))
    return _tokens(text, rng, r"-?\d+", lambda _: nest)


def _encoded(text: str, rng: Random) -> bytes:
    return rng.choice((text.encode("utf-16"), text.encode("utf-8-sig"), text.encode("utf-32"), text.encode("utf-16-le"),
                       text.encode() + b"\xff\xfe", b"\xc3\x28" + text.encode()))  # fmt: skip


def _rewritten(text: str, rng: Random) -> bytes:
    """As another program would write the same content, or an editor leaves it."""

    def again(**settings: Any) -> str:
        try:
            return json.dumps(json.loads(text), **settings)
        except ValueError:
            return text.replace(" ", "")

    return rng.choice((lambda: again(), lambda: again(indent=4), lambda: again(sort_keys=True), lambda: text.rstrip(),
                       lambda: text.replace("\n", "\r\n"), lambda: text + "\n\n", lambda: text.replace('"', "'"),
                       lambda: "// a comment\n" + text, lambda: text.replace("}", ",}")))().encode()  # fmt: skip


def _lines(text: str, rng: Random) -> bytes:
    """Lines lost, doubled, exchanged, joined."""
    rows = text.splitlines(keepends=True)
    a, b = rng.randrange(len(rows)), rng.randrange(len(rows))
    way = rng.randrange(4)
    if way == 0:
        del rows[a]
    elif way == 1:
        rows.insert(b, rows[a])
    elif way == 2:
        rows[a], rows[b] = rows[b], rows[a]
    else:
        rows[a] = rows[a].rstrip("\n")
    return "".join(rows).encode()


_WAYS = (_another_number, _another_number, _another_text, _another_key, _seal_renamed, _twice, _deep, _encoded,
         _rewritten, _lines)  # fmt: skip
