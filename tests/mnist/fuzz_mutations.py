"""Damage for data files: what disks and networks do to bytes, and what a liar writes into a header.

A case is (kind, files): one file of the small data set is damaged, the others are whole. Cases are drawn from
`default_rng([seed, format, index])`, so that each can be replayed by its number.
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import numpy as np
from mnist_files import idx_bytes, idx_files, npz_bytes, pack, pickle_bytes, small_parts

from mnist.locate import STEMS

PARTS = small_parts()
FORMATS = ("idx", "idx.gz", "npz", "pkl.gz")
_SIZES = (0, 1, 2**31, 2**32 - 1, 59_999, 255)
_PAGES = (b"", b"<!DOCTYPE html><html><body>404 Not Found", b"<?xml version='1.0'?><Error>Denied</Error>", bytes(64))
_WHOLE = {
    "idx": idx_files(PARTS, packed=False),
    "idx.gz": idx_files(PARTS, packed=True),
    "npz": {"mnist.npz": npz_bytes(PARTS)},
    "npz stored": {"mnist.npz": npz_bytes(PARTS, packed=False)},
    "pkl.gz": {"mnist.pkl.gz": pack(pickle_bytes(PARTS, 2, python=2))},
    "pkl.gz text": {"mnist.pkl.gz": pack(pickle_bytes(PARTS, 0, python=2))},
    "pkl.gz new": {"mnist.pkl.gz": pack(pickle_bytes(PARTS, 5))},
}
_VARIANTS = {"idx": ["idx"], "idx.gz": ["idx.gz"], "npz": ["npz", "npz stored"],
             "pkl.gz": ["pkl.gz", "pkl.gz text", "pkl.gz new"]}  # fmt: skip


def case(form: str, index: int, seed: int) -> tuple[str, dict[str, bytes]]:
    """The damage's kind and the files, one of them damaged."""
    rng = np.random.default_rng([seed, FORMATS.index(form), index])
    files = dict(_WHOLE[str(rng.choice(_VARIANTS[form]))])
    name = str(rng.choice(sorted(files)))
    kind, data = damaged(form, name, files, rng)
    return kind, {**files, name: data}


def damaged(form: str, name: str, files: dict[str, bytes], rng: np.random.Generator) -> tuple[str, bytes]:
    """A kind of damage and the damaged bytes of `name`: to the file, to what is packed in it, or to its header."""
    data, place = files[name], rng.random()
    if place < 0.1:
        return "another file", bytes(rng.choice(np.array([*_PAGES, *files.values()], dtype=object)))
    if place < 0.55 or (form == "idx" and place < 0.75):
        kind, change = _pick(_BYTES, rng)
        return kind, change(data, rng)
    if form == "npz":
        return "packed again", _npz_again(data, rng)
    if form == "pkl.gz":
        kind, change = _pick(_BYTES, rng)
        return f"{kind}, packed again", pack(change(gzip.decompress(data), rng))
    lie = _idx_lie(name, rng)
    return "a lying header", pack(lie) if form == "idx.gz" else lie


def _pick(table: dict[str, Callable[..., bytes]], rng: np.random.Generator) -> tuple[str, Callable[..., bytes]]:
    name = str(rng.choice(sorted(table)))
    return name, table[name]


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    out[rng.integers(len(out))] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _overwrite(data: bytes, rng: np.random.Generator) -> bytes:
    out, at = bytearray(data), int(rng.integers(len(data)))
    new = rng.bytes(int(rng.integers(1, 64)))
    out[at : at + len(new)] = new[: len(out) - at]
    return bytes(out)


def _truncate(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def _extend(data: bytes, rng: np.random.Generator) -> bytes:
    return data + (rng.bytes(int(rng.integers(1, 300))) if rng.random() < 0.5 else bytes(int(rng.integers(1, 300))))


def _second_member(data: bytes, rng: np.random.Generator) -> bytes:
    return data + pack(rng.bytes(int(rng.integers(0, 300))))


def _splice(data: bytes, rng: np.random.Generator) -> bytes:
    a, b, c = sorted(int(i) for i in rng.integers(0, len(data) + 1, 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:] if rng.random() < 0.5 else data[:a] + data[b:]


def _repeat(data: bytes, rng: np.random.Generator) -> bytes:
    a, b = sorted(int(i) for i in rng.integers(0, len(data) + 1, 2))
    return data[:b] + data[a:]


_BYTES: dict[str, Callable[..., bytes]] = {"bit flip": _flip, "overwritten": _overwrite, "cut short": _truncate,
                                           "extended": _extend, "second gzip member": _second_member,
                                           "spliced": _splice, "repeated": _repeat}  # fmt: skip


def _idx_lie(name: str, rng: np.random.Generator) -> bytes:
    """A whole payload under a header that lies, or a label or a count that is wrong."""
    at = next(i for i, stem in enumerate(STEMS) if name.startswith(stem))
    good = bytearray(idx_bytes(PARTS[at]))
    choice = rng.integers(5)
    if choice == 0:
        good[:4] = struct.pack(">I", int(rng.choice([2050, 2052, 0, 2049, 2051, 0x0901, 0x0D03, 0x08FF, 2**32 - 1])))
    elif choice == 1:
        size = 4 * int(rng.integers(1, 1 + PARTS[at].ndim))
        good[size : size + 4] = struct.pack(">I", int(rng.choice(_SIZES)))
    elif choice == 2:
        good[-1] = 200
    elif choice == 3:
        good = bytearray(idx_bytes(PARTS[at][:-1]))
    else:
        return idx_bytes(PARTS[int(rng.integers(4))])
    return bytes(good)


def _npz_again(data: bytes, rng: np.random.Generator) -> bytes:
    """The archive written again, its checksums right, with one member's bytes damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        victim = str(rng.choice(old.namelist()))
        for name in old.namelist():
            raw = old.read(name)
            if name == victim:
                head, tail = (raw[:128], raw[128:]) if rng.random() < 0.5 else (raw, b"")
                raw = _pick(_BYTES, rng)[1](head, rng) + tail
            new.writestr(name, raw)
    return out.getvalue()
