"""Every code block of every page runs, or says beside it why not; see run_page.py for how a page says it.

By default those of the page that newcomers read first; `make thorough` runs all.
"""

import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import run_page

from cli.main import build_parser
from tests.sampled import sampled

ROOT = Path(__file__).parent.parent.parent
MADE = {
    "errata.md": "tests/recipes/test_errata.py makes it again",
    "CHANGELOG.md": "what was once",
    "README.zh-CN.md": "its blocks are those of README.md",
}
PAGES = sorted(p for p in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/mathematics/*.md")))
PAGES = [page for page in PAGES if page.name not in MADE and run_page.blocks(page.read_text(encoding="utf-8"))]


FIRST = (ROOT / "README.md",)


def named(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", sampled(PAGES, FIRST), ids=named)
def test_blocks_run(page):
    pytest.importorskip("sklearn")
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    told = subprocess.run(
        [sys.executable, run_page.__file__, named(page)], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_blocks_say_what_they_are(page):
    """A language for each, a reason for what is not run, and no command where commands are not run."""
    for block in run_page.blocks(page.read_text(encoding="utf-8")):
        where = f"{named(page)}:{block.line}"
        known = run_page.RUN + run_page.SHOWN
        assert block.language in known, f"{where}: the language is {block.language!r}; expected one of {known}"
        for kind in {"slow", "not run"} & set(block.notes):
            assert len(block.notes[kind]) > 8, f"{where}: say why it is {kind}"
        if block.language in run_page.SHOWN and not {"file", "prints"} & set(block.notes):
            commands = re.findall(r"^(?:\$ .*|(?:layergraph|python|pip|make) .*)", block.code, re.MULTILINE)
            assert commands == [], f"{where}: a block of commands is `sh` or `console`"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_is_one(page):
    """Of blocks that are not run as well."""
    starts = {"sh": "", "console": r"\$ ", "yaml": ".*run: "}
    blocks = [block for block in run_page.blocks(page.read_text(encoding="utf-8")) if block.language in starts]
    lines = [re.findall(rf"^{starts[b.language]}(layergraph .*)", b.code, re.MULTILINE) for b in blocks]
    for line in itertools.chain(*lines):
        _, *arguments = shlex.split(line, comments=True)
        assert arguments[0].startswith("--") or build_parser().parse_args(arguments).run, line


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("```python\nprint(1)\n```\n<!-- prints -->\n```text\n2\n```\n", "the page shows\n2"),
        ("```python\nassert 1 == 2\n```\n", "page.md:2: this block"),
        ("```sh\nfalse\ntrue\n```\n", "exit code 1, expected 0"),
        ("<!-- exits 3 -->\n```sh\nexit 4\n```\n", "exit code 4, expected 3"),
        ("```console\n$ echo a\na\n$ echo b\nc\n```\n", "the page shows\nc"),
        ("<!-- file: m.py -->\n```python\nx = 1\n```\n```python\nfrom m import y\n```\n", "cannot import name 'y'"),
        ("<!-- file: m.py -->\n```python\nx = 1\n```\n<!-- part: m.py -->\n```python\nx = 2\n```\n", "not in m.py"),
        ("<!-- before: import warnings -->\n```python\nwarnings.warn('old')\n```\n", "UserWarning: old"),
    ],
)
def test_a_page_that_is_wrong_is_told(page, says, tmp_path):
    (tmp_path / "page.md").write_text(page)
    told = subprocess.run(
        [sys.executable, run_page.__file__, "page.md"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert says in told.stderr


def test_a_page_that_is_right_is_not(tmp_path):
    (tmp_path / "page.md").write_text(
        "<!-- file: m.py -->\n```python\nx = 1\n```\n```python\nimport m\nprint(m.x, 'or', 2)\n```\n"
        "<!-- prints -->\n```text\n1 ... 2\n```\n<!-- not run: it would fail -->\n```sh\nfalse\n```\n"
        "<!-- exits 3 -->\n```sh\ntest -f m.py; exit 3\n```\n"
    )
    command = [sys.executable, run_page.__file__, "page.md"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
