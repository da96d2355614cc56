"""Bringing MNIST to this computer: from the mirrors with pooch, from a URL, or from files that are already somewhere.

Everything is staged, read and verified first; only then are the files moved to their place.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from base.own_packages import optional
from base.printable import underlying

from .checksums import check_sums
from .containers import read_source
from .errors import DataError, shown
from .locate import STEMS, Source, cache_folder, find_mnist, look

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
)
_SINGLE = (".npz", ".pkl.gz", ".pkl")
_SECONDS = 30
ATTEMPTS = 2  # of a download that breaks off
_SILENT: Callable[[str], None] = lambda _: None  # noqa: E731


def fetch(
    source: str | os.PathLike[str] | None = None,
    *,
    to: str | os.PathLike[str] | None = None,
    verify: bool = True,
    progress: bool = False,
    log: Callable[[str], None] = _SILENT,
) -> Source:
    """Put MNIST's files into the folder `to` (default: the cache folder) and return what stands there.

    source    a folder or container on this computer; a URL of a folder with the four idx.gz files or of one
              container; None: the mirrors, one after the other until one gives files with the canonical sums.
    progress  show pooch's bar (needs tqdm);  log  receives one line per step.

    Raises DataError: nothing usable, each reason named, and `to` is left as it was; ImportError without pooch.
    """
    folder = Path(to).expanduser() if to is not None else cache_folder()
    text = os.fspath(source) if source is not None else None
    if text is None or urlsplit(text).scheme in ("http", "https"):
        return _download(MIRRORS if text is None else (text,), folder, verify, progress, log)
    if text.startswith("file://"):
        from urllib.request import url2pathname  # brings http and ssl along

        text = url2pathname(urlsplit(text).path)
    found = find_mnist(text)
    with staging(folder) as stage:
        for path in found.files:
            shutil.copyfile(path, stage / path.name)
        return _install(stage, folder, verify, log)


def _download(urls: tuple[str, ...], folder: Path, verify: bool, progress: bool, log: Callable[[str], None]) -> Source:
    """The first of `urls` that gives good files; else one DataError with every reason."""
    reasons = []
    for url in urls:
        log(f"downloading from {url}")
        base = [url] if url.endswith(_SINGLE) else [f"{url.rstrip('/')}/{stem}.gz" for stem in STEMS]
        for attempt in range(ATTEMPTS):
            try:
                with staging(folder) as stage:
                    retrieve({one: stage / _file_name(one) for one in base}, progress)
                    return _install(stage, folder, verify, log)
            except (OSError, ValueError, DataError) as error:  # requests' errors are OSErrors
                last = attempt + 1 == ATTEMPTS or not was_cut(error)
                reason = f"{urlsplit(url).netloc}: {reason_of(error)}"
                reasons += [reason] if last else []
                log(f"failed: {reason}" + ("" if last else "; once more"))
                if last:
                    break
    raise DataError(f"MNIST could not be downloaded ({'; '.join(reasons)}). Fetch the files by other means "
                    "and run 'layergraph data get mnist --from PATH'.")  # fmt: skip


def retrieve(files: Mapping[str, Path], progress: bool) -> None:
    """Download each URL to its path; OSError or ValueError where that fails, ImportError without pooch."""
    pooch = optional("pooch", "downloading needs pooch: pip install pooch")
    pooch.get_logger().setLevel("ERROR")  # it announces every file and proposes to pin a hash of the container
    for url, path in files.items():
        for left in reversed(range(ATTEMPTS)):
            client = pooch.HTTPDownloader(timeout=_SECONDS, progressbar=progress and _bar())
            try:
                pooch.retrieve(url, known_hash=None, fname=path.name, path=path.parent, downloader=client)
                break
            except OSError as error:
                if not left or not was_cut(error):
                    raise


def was_cut(error: Exception) -> bool:
    """Whether a download broke off on its way: worth another attempt."""
    return "cut short" in str(error) or type(error).__name__ in ("ChunkedEncodingError", "ContentDecodingError")


def _bar() -> Any:
    """A bar for one file on the terminal itself; False where there is no tqdm."""
    try:
        from tqdm import tqdm
    except ImportError:
        return False
    return tqdm(unit="B", unit_scale=True, dynamic_ncols=True, file=underlying(sys.stderr))


def reason_of(error: Exception) -> str:
    """A download's failure in few words."""
    if isinstance(error, DataError):
        return str(error).removesuffix(".")
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answered {response.status_code}"
    known = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0][:120]
    return known or f"could not be reached ({type(error).__name__})"


def _file_name(url: str) -> str:
    """The name to save under: one that is recognised later, whatever the server calls its file."""
    name = urlsplit(url).path.rpartition("/")[2]
    suffix = next((suffix for suffix in _SINGLE if name.endswith(suffix)), None)
    return f"mnist{suffix}" if suffix else name


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A temporary folder inside `folder`, on the same disk so that files can be moved in one step."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-")
    except OSError as error:
        raise DataError(f"cannot write to {shown(folder)}: {error.strerror or error}.") from error
    with stage as name:
        yield Path(name)


def _install(stage: Path, folder: Path, verify: bool, log: Callable[[str], None]) -> Source:
    """Read and verify what was staged, then move it into `folder`."""
    source = look(stage)
    if source is None:  # one container under a name of its own
        single = next(path for path in stage.iterdir())
        source = Source("npz" if single.suffix == ".npz" else "pickle", (single,))
    parts = read_source(source)
    if verify:
        check_sums(parts, source.files[0].name if len(source.files) == 1 else "the files")
    placed = []
    for path in source.files:
        target = folder / (path.name if source.kind == "idx" else _file_name(path.name))
        path.replace(target)
        placed.append(target)
    log(f"{len(placed)} file{'s' * (len(placed) > 1)} in {shown(folder)}, {'sha256 ok' if verify else 'not verified'}")
    return Source(source.kind, tuple(placed))
