"""Brings the runs of several folders, say of shards from other machines, into one log of another."""

import functools
import heapq
import itertools
import secrets
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from base.atomic import atomic_write

from ..planning.manifest import NAME, Manifest, join, read_manifest, write_manifest
from ..planning.task import Task
from .log_line import parsed
from .record import Record, timeless
from .rows import from_columns
from .store import Store


class Merged(NamedTuple):
    """How many runs were brought along, how many were there twice, and ids of which the two results differ."""

    runs: int
    twice: int
    different: list[str]
    notes: list[str]


def merge(folders: Sequence[Path], out: Path) -> Merged:
    """Write the runs of `folders` that `out` lacks into one log there, by id; of two results of a run the first counts.

    The first is that of `out`, then that of the folder whose name comes first. ValueError where two folders hold
    different problems (or targets of one), solvers or plans of one name, before anything is written.
    """
    folders = sorted({folder.resolve(): folder for folder in folders if folder.resolve() != out.resolve()}.values())
    named = [*([out] if (out / NAME).exists() or not folders else []), *folders]
    first, *others = map(read_manifest, named)
    _require_one_target(named, [first, *others])
    together = functools.reduce(lambda old, new: join(old, new, named[0]), others, first)
    stores = [Store(out), *map(Store, folders)]
    twice, different = [0], list[str]()
    count = [0]

    def write(stream: BinaryIO) -> None:
        for one, found in itertools.groupby(_by_id(stores), key=itemgetter(0)):
            (_, place, line), *more = found
            twice[0] += len(more)
            if any(_timeless(other) != _timeless(line) for *_, other in more):
                different.append(one)
            if place:  # not of `out`, which has it already
                count[0] += 1
                stream.write(line)

    write_manifest(out, together)
    path = out / f"runs-merged-{secrets.token_hex(4)}.jsonl"
    atomic_write(path, write)
    if not count[0]:
        path.unlink()
    return Merged(count[0], twice[0], different, [note for store in stores for note in store.notes()])


def _require_one_target(folders: Sequence[Path], manifests: Sequence[Manifest]) -> None:
    """ValueError where settings were chosen by different targets of one problem: none of them may silently count."""
    seen: dict[str, tuple[Path, dict[str, Any]]] = {}
    for folder, manifest in zip(folders, manifests, strict=True):
        for one in manifest.problems:
            target = {key: value for key, value in one.target.items() if key in ("measure", "value", "optimum")}
            where, other = seen.setdefault(one.name, (folder, target))
            if other != target:
                raise ValueError(
                    f"{where} holds {one.name} with the target {_words(other)}, {folder} with {_words(target)}:"
                    " settings were chosen by them. Give 'bench run' with the one you want and --out for the other"
                )


def _words(target: dict[str, Any]) -> str:
    return f"{target['measure']} <= {target['value']:g}"


def _by_id(stores: Sequence[Store]) -> Iterator[tuple[str, int, bytes]]:
    """(id, number of the store, line) of all runs, by id and then by store."""
    return heapq.merge(*(_of(number, store) for number, store in enumerate(stores)), key=itemgetter(0, 1))


def _of(number: int, store: Store) -> Iterator[tuple[str, int, bytes]]:
    return ((one, number, line) for one, line in store.lines())


def _timeless(text: bytes) -> str:
    content = parsed(text)
    task, rows = Task(**content["task"]), from_columns(content)
    return timeless(Record(task, content["outcome"], content["machine"], rows))
