"""Runs the code blocks of one page, in order, in an empty folder: `python tests/docs/run_page.py docs/tutorial.md`.

`python` is executed, all of a page in one namespace; `sh` goes to the shell as it stands; of `console` the lines after
`$ ` do, and what stands below each is what it must print (`...` for anything). A comment before a block says more:

    <!-- file: NAME -->        the block is that file
    <!-- part: NAME -->        a part of that file as it is now
    <!-- prints -->            what the block before printed
    <!-- exits 1 -->           the exit code of its last command
    <!-- slow: WHY -->         only with LAYERGRAPH_SLOW_DOCS (`make site-test`)
    <!-- not run: WHY -->      never
    <!-- before: CODE -->      Python that runs first and that readers do not see; several lines, if need be
"""

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent.parent  # own_code.py: files as a user would have them
RUN = ("python", "sh", "console")
SHOWN = ("text", "toml", "yaml", "csv", "html", "json", "mermaid")
COMMENT = r"^<!--\s(?:(?!-->).)*-->\n"
FENCE = re.compile(rf"(?P<notes>(?:{COMMENT})*)^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
NOTE = re.compile(r"<!-- (file|part|prints|exits|slow|not run|before):?\s*(.*?)\s*-->", re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, its code, the line where the code begins, and what is noted before it."""

    language: str
    code: str
    line: int
    notes: dict[str, str]


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page."""
    found = []
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        found.append(Block(match["language"], match["code"], line, dict(NOTE.findall(match["notes"]))))
    return found


class Page:
    """Runs blocks in the working folder and remembers the namespace and what was printed last."""

    def __init__(self, name: str, slow: bool) -> None:
        self.name, self.slow = name, slow
        self.names: dict[str, object] = {"__name__": "__page__"}
        self.printed: str | None = None

    def run(self, block: Block) -> None:
        """One block; an exception says what is wrong with it."""
        notes = block.notes
        if "not run" in notes or ("slow" in notes and not self.slow) or ("prints" in notes and self.printed is None):
            self.printed = None
            return
        if "before" in notes:
            exec(compile(notes["before"], f"before {self.name}:{block.line}", "exec"), self.names)
        if "file" in notes:
            path = Path(notes["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        elif "part" in notes:
            if block.code not in Path(notes["part"]).read_text(encoding="utf-8"):
                raise AssertionError(f"these lines are not in {notes['part']}")
        elif "prints" in notes:
            same(block.code, self.printed)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language == "sh":
            self.printed = shell(block.code, int(notes.get("exits", 0)))
        elif block.language == "console":
            self._console(block)

    def _python(self, block: Block) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("\n" * (block.line - 1) + block.code, self.name, "exec"), self.names)
        return out.getvalue()

    def _console(self, block: Block) -> None:
        parts = re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]
        for place, part in enumerate(parts, start=1):
            command, _, wanted = part.partition("\n")
            expected = int(block.notes.get("exits", 0)) if place == len(parts) else 0
            self.printed = shell(command, expected)
            if wanted:
                same(wanted, self.printed)


def shell(code: str, expected: int = 0) -> str:
    """What the commands print, both streams; they must end with the expected exit code."""
    bin_first = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    done = subprocess.run(
        ["bash", "-euc", code], env={**os.environ, **bin_first}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode != expected:
        raise AssertionError(f"exit code {done.returncode}, expected {expected}:\n{code}\n{done.stdout}")
    return done.stdout


def same(wanted: str, printed: str) -> None:
    """AssertionError where what was printed is not what the page shows."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not doctest.OutputChecker().check_output(wanted, printed, options):
        raise AssertionError(f"the page shows\n{wanted}\nand what is printed is\n{printed}")


def main(path: str) -> int:
    """Exit code 0 where every block of the page does what the page says."""
    page, text = Page(path, bool(os.environ.get("LAYERGRAPH_SLOW_DOCS"))), Path(path).read_text(encoding="utf-8")
    page.name = str(Path(path).resolve())
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        sys.path[:0] = ["", str(TESTS)]
        for block in blocks(text):
            try:
                page.run(block)
            except Exception:
                traceback.print_exc(limit=-3)
                print(f"{path}:{block.line}: this block does not do what the page says", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
