"""The second set of damages: what a format's own records, members, opcodes or tokens allow, besides raw bytes."""

import gzip
from collections.abc import Mapping
from random import Random

from .gzip_members import harm_gzip
from .idx_parts import harm_idx
from .json_texts import harm_json
from .pickle_opcodes import harm_pickle
from .raw import harm
from .zip_members import crc_collision, harm_zip, resealed

MARK = b"layergraph sha256 "


def damaged(form: str, files: Mapping[str, bytes], rng: Random) -> tuple[str, dict[str, bytes]]:
    """The name of the damage and the files after it, which differ from the given ones."""
    while True:
        how, changed = _damaged(form, files, rng)
        if changed != files:
            return how, changed


def _damaged(form: str, files: Mapping[str, bytes], rng: Random) -> tuple[str, dict[str, bytes]]:
    names = list(files)
    name = rng.choice(names)
    if len(names) > 1 and rng.random() < 0.06:
        other = rng.choice(names)
        how, taken = rng.choice((("another part's bytes", {name: files[other]}), ("a part is missing", {name: None}),
                                 ("parts exchanged", {name: files[other], other: files[name]})))  # fmt: skip
        return how, {key: value for key, value in {**files, **taken}.items() if value is not None}
    how, changed = _one(form, files[name], rng)
    return how, {**files, name: changed}


def _one(form: str, data: bytes, rng: Random) -> tuple[str, bytes]:
    if form == "idx":
        return harm_idx(data, rng)
    if form == "idx.gz":
        return harm(data, rng) if rng.random() < 0.3 else harm_gzip(data, rng, harm_idx)
    if form == "pkl.gz":
        if rng.random() < 0.3:
            return harm_gzip(data, rng, harm_pickle)
        if rng.random() < 0.3:
            return harm(data, rng)
        how, changed = harm_pickle(gzip.decompress(data), rng)
        return how, gzip.compress(changed, 1, mtime=0)
    if form in ("npz", "checkpoint", "model"):
        chance = rng.random()
        if chance < 0.1:
            return crc_collision(data, rng)
        if chance < 0.3 and form == "checkpoint":  # whose arrays have hashes of their own
            return resealed(data, rng, MARK)
        return harm_zip(data, rng)
    return harm_json(data, rng)
