"""Which test executes which line, measured once a package and kept in a file: later states of the tree use it, too.

Lines are found again where code has moved; of a line that is new, all tests of its file are asked, and tests that
nobody has measured always run.
"""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutant


@dataclass(frozen=True)
class Watched:
    """An unmutated run: seconds of each test; file -> line -> the tests that execute it ("": none alone); file -> its
    text at that time.
    """

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]
    texts: dict[str, str]

    def tests(self, mutant: Mutant, now: str) -> list[str]:
        """The tests that can notice a mutant: those of its own file first, and of these the quick ones.

        All where no test is seen on the line: numba compiles what coverage cannot see. now: the file's text, unmutated.
        """
        lines = self.lines.get(mutant.file, {})
        near = set().union(*lines.values()) if lines else set()
        span = range(mutant.span[0], mutant.span[1] + 1)
        before = self._lines_before(mutant.file, now)
        known = set(span) <= before.keys()
        found = set().union(*(lines.get(before[line], set()) for line in span)) if known else near
        if mutant.at_import or "" in found or not found:
            found = set(self.seconds)
        return sorted(found & self.seconds.keys(), key=lambda test: (test not in near, self.seconds[test]))

    def _lines_before(self, file: str, now: str) -> dict[int, int]:
        """Line now -> line when it was measured."""
        old, new = self.texts.get(file, "").splitlines(), now.splitlines()
        same = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {b + k + 1: a + k + 1 for a, b, size in same for k in range(size)}

    def write(self, path: Path) -> None:
        """Keep it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = {file: {line: sorted(tests) for line, tests in some.items()} for file, some in self.lines.items()}
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines, "texts": self.texts}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Watched | None":
        """What is kept, None where nothing is."""
        if not path.exists():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        lines = {file: {int(line): set(tests) for line, tests in some.items()} for file, some in kept["lines"].items()}
        return cls(kept["seconds"], lines, kept["texts"])
