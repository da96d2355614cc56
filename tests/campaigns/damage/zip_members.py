"""Damage to .npz archives that knows zip and .npy: records that contradict each other, headers that lie, bombs."""

import functools
import io
import re
import struct
import zipfile
import zlib
from random import Random

import numpy as np

from .raw import EDGES, bomb_size, harm

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_FIELDS = {  # offset and width of what can lie, from the signature on
    LOCAL: [(4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)],
    CENTRAL: [(6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2), (38, 4), (42, 4)],
    END: [(4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)],
}
DESCRIPTIONS = ("|O", "O", "<V8", "<u2", ">u1", "|b1", "<f8", "<c16", "<M8[ns]", "|S5", "<U5", "|u8", "<i16", "u1", "")
SHAPES = ("(10**12,)", "(1000000000000,)", "(-1,)", "(0,)", "()", "(2147483648, 2)", "(4294967296, 4294967296)",
          "(1, 1)", "(True,)", "(1.0,)", "[10]", "(10,", "('a',)", "(10L,)", "(0, 9223372036854775807)")  # fmt: skip


def members(data: bytes) -> dict[str, bytes]:
    """The contents by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(parts: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    """An archive with right sums; a name may occur twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.NameToInfo.pop(info.filename, None)  # zipfile would warn of a name that comes twice
            archive.writestr(info, content)
        archive.comment = comment
    return out.getvalue()


def harm_npy(content: bytes, rng: Random) -> tuple[str, bytes]:
    """One .npy: its header or its values."""
    if content[:6] != b"\x93NUMPY" or rng.random() < 0.2:
        return harm(content, rng)
    length = struct.unpack_from("<H", content, 8)[0]
    header, values = content[10 : 10 + length].decode("latin-1"), content[10 + length :]
    way = rng.choice(("type", "shape", "shape", "order", "text", "version", "length", "values", "values", "rows"))
    if way == "type":
        header = re.sub(r"'descr': '[^']*'", f"'descr': '{rng.choice(DESCRIPTIONS)}'", header)
    elif way == "shape":
        count = max(len(values), 1)
        right = (f"({count},)", f"({count}, 1)", f"(1, {count})", f"({count // 2}, 2)", f"({count // 784}, 784)")
        header = re.sub(r"\([^)]*\)", rng.choice((*SHAPES, *right)), header)
    elif way == "order":
        header = header.replace("False", "True")
    elif way == "text":
        header = rng.choice(("", "{}", "None", "[" * 90, "{" * 9000, header.replace("descr", "dtype"), "1" * 9000,
                             header.replace("}", ", 'x': 1}"), "__import__('os').getpid()", header * 2, "\0" * 100,
                             "{'descr': (" * 800, header.replace("'", '"')))  # fmt: skip
    elif way == "version":
        return way, content[:6] + bytes([rng.choice((0, 2, 3, 4, 255)), rng.choice((0, 1))]) + content[8:]
    elif way == "length":
        lie = rng.choice((0, 1, length - 1, length + 1, length + 64, 10_001, 65_535))
        return way, content[:8] + struct.pack("<H", lie) + content[10:]
    elif way == "values":
        values = harm(values, rng)[1]
    else:
        values = values[::-1]
    raw = header.encode("latin-1")
    return way, content[:8] + struct.pack("<H", len(raw) % 65_536) + raw + values


def harm_zip(data: bytes, rng: Random) -> tuple[str, bytes]:
    """One way: fields of the records, members made anew with right sums, archives joined; the comment stays."""
    ways = ("raw", "field", "field", "field", "member", "member", "member", "names", "joined", "method", "bomb")
    way = rng.choice(ways)
    if way == "raw":
        return harm(data, rng)
    if way == "field":
        return way, _lying_field(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        comment = archive.comment  # where our seal stands
    parts = list(members(data).items())
    at = rng.randrange(len(parts))
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    if way == "member":
        how, harmed = harm_npy(parts[at][1], rng)
        parts[at] = parts[at][0], harmed
        return f"member anew: {how}", archive_of(parts, method, comment)
    if way == "names":
        return way, archive_of(_names(parts, at, rng), comment=comment)
    if way == "joined":
        _, harmed = harm_npy(parts[at][1], rng)
        other = archive_of([*parts[:at], (parts[at][0], harmed), *parts[at + 1 :]], comment=comment)
        return way, rng.choice((
            data + other, other + data, data + data, harm(data, rng)[1] + data, data[: len(data) // 2] + other,
            data[:-22] + other[-22:], archive_of(parts, method, END + bytes(18)),
            archive_of(parts, method, other[:60_000]),
        ))  # fmt: skip
    if way == "method":
        return way, archive_of(parts, rng.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED)), comment)
    return way, bomb(tuple(parts), at, rng.choice((parts[at][0], "more.npy")), bomb_size(rng), comment)


@functools.lru_cache(maxsize=64)
def bomb(parts: tuple[tuple[str, bytes], ...], at: int, name: str, mebibytes: int, comment: bytes) -> bytes:
    """The archive with zeros behind one of its members, packed small; kept, for it takes long to make."""
    grown = [*parts[:at], (name, parts[at][1] + bytes(mebibytes << 20)), *parts[at + 1 :]]
    return archive_of(grown, zipfile.ZIP_DEFLATED, comment)


def _lying_field(data: bytes, rng: Random) -> bytes:
    """A field of one record, or the same one of all, that says something else."""
    kind = rng.choice((LOCAL, CENTRAL, CENTRAL, END))
    offset, width = rng.choice(_FIELDS[kind])
    starts = [match.start() for match in re.finditer(re.escape(kind), data)]
    out = bytearray(data)
    for start in starts if rng.random() < 0.3 else [rng.choice(starts)] if starts else []:
        old = int.from_bytes(data[start + offset : start + offset + width], "little")
        new = rng.choice((*EDGES, old + 1, old - 1, old * 2, old ^ 1 << rng.randrange(8 * width), len(data), 8, 12, 14))
        out[start + offset : start + offset + width] = (new % 256**width).to_bytes(width, "little")
    return bytes(out)


def _names(parts: list[tuple[str, bytes]], at: int, rng: Random) -> list[tuple[str, bytes]]:
    """Members that miss, come twice, have each other's names, or names that are paths."""
    (name, content), others = parts[at], parts[:at] + parts[at + 1 :]
    other_name, other_content = rng.choice(others or parts)
    odd = rng.choice(("../" + name, "/etc/" + name, name.upper(), name + "\0x", name.removesuffix(".npy"),
                      "\x1b[2J.npy", "a" * 60_000, "", " " + name, name + "/", "ｘ" + name))  # fmt: skip
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return rng.choice((
        others, [(odd, content), *others], [*parts, (name, other_content)], [(name, other_content), *parts],
        [*parts, (odd, content)], [*parts, ("extra.npy", buffer.getvalue())], [(name, buffer.getvalue()), *others], [],
        [(other_name if n == name else name if n == other_name else n, c) for n, c in parts],
    ))  # fmt: skip


def resealed(data: bytes, rng: Random, mark: bytes) -> tuple[str, bytes]:
    """A sealed archive whose member was changed, with right sums of zip; without a seal, or with one that fits."""
    import hashlib

    parts = list(members(data).items())
    at = rng.randrange(len(parts))
    how, harmed = harm_npy(parts[at][1], rng)
    parts[at] = parts[at][0], harmed
    if rng.random() < 0.5:
        return f"no seal: {how}", archive_of(parts)
    whole = archive_of(parts, comment=mark + b"0" * 64)[:-64]
    return f"new seal: {how}", whole + hashlib.sha256(whole).hexdigest().encode()


def crc_collision(data: bytes, rng: Random) -> tuple[str, bytes]:
    """Four bytes of a stored member changed so that its CRC-32 stays: what only a SHA-256 sees."""
    parts = [(name, content) for name, content in members(data).items() if len(content) > 200]
    _, content = rng.choice(parts)
    at = rng.randrange(128, len(content) - 8)
    changed = bytearray(content)
    changed[at] ^= 1 << rng.randrange(8)
    changed[at + 1 : at + 5] = _patch(bytes(changed[: at + 1]), zlib.crc32(content[: at + 5]))
    place = data.find(content)
    if place < 0:
        return harm_zip(data, rng)
    return "same CRC-32", data[:place] + bytes(changed) + data[place + len(content) :]


def _patch(start: bytes, wanted: int) -> bytes:
    """The four bytes that bring the CRC-32 of `start` to `wanted`."""
    table = [_step(byte) for byte in range(256)]
    tops = {value >> 24: byte for byte, value in enumerate(table)}
    state, indices = wanted ^ 0xFFFFFFFF, []
    for _ in range(4):
        index = tops[state >> 24]
        indices.append(index)
        state = (state ^ table[index]) << 8 & 0xFFFFFFFF
    now, out = zlib.crc32(start) ^ 0xFFFFFFFF, bytearray()
    for index in reversed(indices):
        out.append((now ^ index) & 0xFF)
        now = table[index] ^ now >> 8
    return bytes(out)


def _step(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
    return byte
