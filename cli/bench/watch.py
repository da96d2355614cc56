"""`layergraph bench watch DIR`: a live page of a sweep, served to this machine alone."""

import argparse
import contextlib
import time
from pathlib import Path
from typing import Any

from ..flags_and_output import Subparsers, common_flags, dump, say

EVERY = 5.0  # seconds between two looks of the browser


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "watch", parents=[common_flags()], help="a live page of a sweep while it runs",
        description="Serve a page on this machine alone (127.0.0.1) that refreshes itself: how far the sweep in DIR is,"
        " what runs and what failed, the table and the curves so far. DIR is read and never written to; it may not"
        " exist yet. Ctrl-C ends it.",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="what 'bench run --out' writes, or will write")
    parser.add_argument("--port", type=int, default=8182, metavar="N", help="of 127.0.0.1 (default 8182; 0: any free)")
    parser.add_argument("--every", type=float, default=EVERY, metavar="S", help="seconds between looks (default 5)")
    parser.add_argument("--once", type=Path, metavar="FILE.html", help="write the page as it is now, and serve nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C, which is how it ends: exit 0; or write the page once."""
    if not 0 <= args.port <= 65535:
        raise ValueError(f"--port is {args.port}; expected 0 to 65535")
    if not 0.5 <= args.every <= 3600:
        raise ValueError(f"--every is {args.every:g}; expected 0.5 to 3600 seconds")
    from bench.solvers.watching.page import Watcher

    watcher = Watcher(args.folder)
    if args.once:
        return _write(args, watcher.page())
    from .watch_server import watching

    with contextlib.suppress(KeyboardInterrupt), watching(watcher, args.port, args.every) as address:
        say(args, f"{args.folder}: watch on {address}   (Ctrl-C ends it; the sweep is not touched)")
        while True:
            time.sleep(3600)
    say(args, "ended")
    return 0


def _write(args: argparse.Namespace, page: str) -> int:
    from base.atomic import atomic_write

    def write(stream: Any) -> None:
        stream.write(page.encode())

    args.once.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(args.once, write)
    say(args, f"wrote {args.once}")
    if args.json:
        print(dump({"page": str(args.once)}))
    return 0
