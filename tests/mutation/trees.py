"""Runs tests in copies of the tree: the tree itself is never touched."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import coverage
from measured import Watched
from mutations import Mutant

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTEST = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "watching"]
SLOWER = 5  # times the unmutated time, before a mutant counts as killed by time
PATIENCE = 30.0  # seconds on top
NEAR_PATIENCE = 900.0  # seconds for the nearest tests, whose time nobody has measured: the machine may be busy


class UnreadableError(RuntimeError):
    """A run whose outcome cannot be told."""


def tracked() -> list[str]:
    """The files of the tree, without what Git ignores."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in sorted(listed.stdout.splitlines()) if (ROOT / name).is_file()]


class Tree:
    """A copy of the tree in `folder`, and the runs in it."""

    def __init__(self, folder: Path):
        self.root, self.notes = folder / "tree", folder / "notes"
        self._count = 0
        self.notes.mkdir(parents=True)
        for name in tracked():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.root / name)

    def watch(self, tests: list[str], sources: list[str]) -> Watched:
        """Run the tests unmutated, which must pass; note who executes what."""
        data = self.notes / "coverage"
        measured = ["-m", "coverage", "run", f"--data-file={data}", f"--source={','.join(sources)}", *PYTEST, *tests]
        code, output = self._run(measured, None, WATCHED=str(self.notes / "seconds"))
        if code:
            raise UnreadableError(f"the unmutated tests fail, so no mutant can be judged:\n{output[-3000:]}")
        found = coverage.CoverageData(str(data))
        found.read()
        lines = {
            Path(file).relative_to(self.root.resolve()).as_posix(): {
                line: set(tests) for line, tests in found.contexts_by_lineno(file).items()
            }
            for file in found.measured_files()
        }
        data.unlink()
        texts = {file: (self.root / file).read_text(encoding="utf-8") for file in lines}
        return Watched(json.loads((self.notes / "seconds").read_text(encoding="utf-8")), lines, texts)

    def outcome(self, mutant: Mutant, watched: Watched) -> str:
        """What killed it among all tests that execute its line, or "" when it survived."""
        chosen = watched.tests(mutant, (self.root / mutant.file).read_text(encoding="utf-8"))
        limit = PATIENCE + SLOWER * sum(watched.seconds[test] for test in chosen)
        order = self.notes / "chosen"
        order.write_text(json.dumps({"run": chosen, "known": list(watched.seconds)}), encoding="utf-8")
        files = sorted({test.partition("::")[0] for test in chosen})
        return self._planted(mutant, files, limit, CHOSEN=str(order))

    def near(self, mutant: Mutant, files: list[str]) -> str:
        """What killed it among these test files, or "". That they pass without it is for `confirm` to see.

        Time alone is no killer here, where nobody knows how much they should take; a test that takes the processor for
        ever is (watching.py).
        """
        killer = self._planted(mutant, files, NEAR_PATIENCE)
        return "" if killer == "time" else killer

    def confirm(self, tests: list[str]) -> None:
        """The tests that killed pass where nothing is planted; UnreadableError where one does not."""
        order = self.notes / "chosen"
        order.write_text(json.dumps({"run": tests, "known": None}), encoding="utf-8")
        files = sorted({test.partition("::")[0] for test in tests})
        code, output = self._run([*PYTEST, *files], None, CHOSEN=str(order))
        if code:
            raise UnreadableError(f"a test that killed mutants fails without them:\n{output[-3000:]}")

    def _planted(self, mutant: Mutant, files: list[str], limit: float, **variables: str) -> str:
        """What of the test files killed a mutant."""
        failure = self.notes / "failure"
        failure.unlink(missing_ok=True)
        target = self.root / mutant.file
        original, times = target.read_bytes(), target.stat()
        target.write_text(mutant.source, encoding="utf-8")
        self._count += 1  # a time of its own for each mutant: else a compiled file of another could pass for it
        os.utime(target, (times.st_atime, times.st_mtime + 10 * self._count))
        try:
            code, output = self._run([*PYTEST, *files], limit, FIRST_FAILURE=str(failure), **variables)
            return self._told(code, output, failure, mutant)
        finally:
            target.write_bytes(original)
            os.utime(target, (times.st_atime, times.st_mtime))

    def _told(self, code: int | None, output: str, failure: Path, mutant: Mutant) -> str:
        if code == 0:
            return ""
        if code is None:
            return "time"
        if failure.exists():
            return failure.read_text(encoding="utf-8")
        if code < 0 or "! KeyboardInterrupt" in output:  # a test of interrupts, whose signal nobody caught
            return f"signal {-code}" if code < 0 else "interrupt"
        module = ".".join(Path(mutant.file).with_suffix("").parts).removesuffix(".__init__")
        if "while loading conftest" in output or self._run(["-c", f"import {module}"], PATIENCE)[0]:
            return "import"
        output = output[-3000:]
        raise UnreadableError(f"{mutant.file}:{mutant.line}: pytest ended with {code} and named no test:\n{output}")

    def _run(self, arguments: list[str], limit: float | None, **variables: str) -> tuple[int | None, str]:
        """Exit code (None: out of time) and output of a Python in the copy, which sees the copy's packages first."""
        scratch = self.notes / "tmp"
        scratch.mkdir(exist_ok=True)
        path = os.pathsep.join([str(self.root), str(HERE)])
        settings = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "", "TMPDIR": str(scratch), **variables}
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=self.root, env={**os.environ, **settings}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            output, _ = child.communicate(timeout=limit)
            return child.returncode, output
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            _end(child)
            shutil.rmtree(scratch, ignore_errors=True)


def _end(child: subprocess.Popen) -> None:
    """End what is left of a run, its own children too."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
