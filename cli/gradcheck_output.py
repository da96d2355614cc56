"""How `layergraph gradcheck` shows its reports: text or GitHub's annotations, and files for people and for CI."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .flags_and_output import say

if TYPE_CHECKING:
    from gradcheck import Report


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """Add --format, --html, --junit and --sarif."""
    parser.add_argument(
        "--format",
        choices=("text", "github"),
        default="text",
        help="github: annotations that a workflow shows beside the lines of a pull request",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit file, a test case per report, for CI")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write SARIF 2.1.0, for code scanning and editors")


def print_reports(args: argparse.Namespace, reports: Sequence["Report"]) -> None:
    """Print the reports as the flags say."""
    from gradcheck import Suite

    suite = Suite(reports)
    if args.json:
        print(suite.to_json())
    elif args.format == "github":
        commands = suite.to_github()
        good = sum(r.ok for r in reports)
        say(args, *commands.splitlines(), f"{good} of {len(reports)} checks pass")
    elif len(reports) == 1:
        say(args, *reports[0].to_text(colour=sys.stdout.isatty()).split("\n"))
    else:
        say(args, *str(suite).split("\n"))


def write_files(args: argparse.Namespace, reports: Sequence["Report"]) -> None:
    """Write the page, the JUnit file and the SARIF file, where they are asked for."""
    from base.atomic import atomic_write
    from gradcheck import Suite

    suite = Suite(reports)
    if args.html:
        say(args, f"page: {suite.to_html(args.html)}")
    for path, render in ((args.junit, suite.to_junit), (args.sarif, suite.to_sarif)):
        if path:
            atomic_write(path, partial(_write, render().encode()))
            say(args, f"written: {path}")


def _write(data: bytes, stream: BinaryIO) -> None:
    stream.write(data)
