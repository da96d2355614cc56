"""Bringing a set of MNIST's family to this computer: from its makers, from a URL, or from files that are here."""

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import DataError, shown
from ..fetching import ATTEMPTS, reason_of, retrieve, staging, was_cut
from ..locate import cache_folder
from . import arrays
from .family import FAMILY, check_family, family_files, md5_of


def fetch_family(
    name: str,
    source: str | os.PathLike[str] | None = None,
    *,
    to: str | os.PathLike[str] | None = None,
    verify: bool = True,
    progress: bool = False,
    log: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Put the files of the set `name` into the folder `to` (default: one of that name in the cache) and return them.

    source    a folder here, or a zip that holds the files, or the URL of either; None: where its makers serve it.

    A file or archive is compared with the published MD5 where there is one, and read, before it is moved to its place;
    a download that breaks off is tried once more. Raises DataError, and ImportError without pooch.
    """
    folder = Path(to).expanduser() if to is not None else cache_folder() / name
    text = FAMILY[name].url if source is None else os.fspath(source)
    if urlsplit(text).scheme not in ("http", "https"):
        return _install(name, Path(text).expanduser(), folder, verify, log)
    return _download(name, text, folder, verify, progress, log)


def _download(
    name: str,
    text: str,
    folder: Path,
    verify: bool,
    progress: bool,
    log: Callable[[str], None],
    attempts: int = ATTEMPTS,
) -> list[Path]:
    log(f"downloading from {text}")
    try:
        with staging(folder) as stage:
            retrieve({url: stage / url.rpartition("/")[2] for url in _addresses(name, text)}, progress)
            archive = next(stage.glob("*.zip"), None)
            return _install(name, archive or stage, folder, verify, log)
    except (OSError, ValueError, DataError) as error:
        log(f"failed: {reason_of(error)}")
        if attempts > 1 and was_cut(error):
            return _download(name, text, folder, verify, progress, log, attempts - 1)
        raise DataError(f"{name} could not be downloaded from {text} ({reason_of(error)}). Fetch the files by other "
                        f"means and run 'layergraph data get {name} --from PATH'.") from error  # fmt: skip


def _addresses(name: str, url: str) -> list[str]:
    """What is downloaded: the archive, or the four files."""
    member, base = FAMILY[name], url.rstrip("/")
    if url.endswith(".zip"):
        return [url]
    return [f"{base}/{file}" for file in ([member.archive] if member.archive else member.files)]


def _install(name: str, place: Path, folder: Path, verify: bool, log: Callable[[str], None]) -> list[Path]:
    """Copy the set from a folder or zip beside the target, check it there, then move it."""
    if not place.exists():
        raise DataError(f"there is no {shown(place)}.")
    with staging(folder) as stage:
        if place.is_file():
            archived = _unpack(name, place, stage, verify)
        else:
            archived = False
            for path in family_files(name, place) or ():
                shutil.copyfile(path, stage / path.name)
        files = family_files(name, stage)
        if files is None:
            raise DataError(f"{shown(place)} does not hold {name}: expected {', '.join(FAMILY[name].files)}.")
        verified = verify and (check_family(name, files) or archived)
        arrays.read_idx_set(name, files)
        placed = [folder / path.name for path in files]
        for path, target in zip(files, placed, strict=True):
            path.replace(target)
    log(f"{len(placed)} files in {shown(folder)}, {'md5 ok' if verified else 'not verified'}")
    return placed


def _unpack(name: str, archive: Path, stage: Path, verify: bool) -> bool:
    """The set's files out of a zip, whatever folder they are in there; whether the zip has the published sum."""
    member = FAMILY[name]
    if verify and member.archive:
        check_archive(name, archive)
    try:
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                base = info.filename.rpartition("/")[2]
                if base in member.files or f"{base}.gz" in member.files:
                    with packed.open(info) as source, (stage / base).open("wb") as target:
                        shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{archive.name} is damaged or cut short: {error}. Fetch it again.") from error
    return bool(member.archive)


def check_archive(name: str, archive: Path) -> None:
    """DataError for a zip whose sum is not the published one."""
    wanted, found = FAMILY[name].md5["gzip.zip"], md5_of(archive)
    if found != wanted:
        cut = "" if zipfile.is_zipfile(archive) else ": it is cut short"
        raise DataError(f"{archive.name} has md5 {found}, expected {wanted}{cut}. Fetch it again, or give --no-verify.")
