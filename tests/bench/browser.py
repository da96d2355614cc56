"""A real headless Chromium: the page's DOM after its scripts ran, what the console said, and its print as PDF."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


class Page(NamedTuple):
    """The document after loading, and the lines of the console."""

    dom: str
    console: list[str]


def browser() -> str:
    """The path of the browser, or the test skips."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return found


def load(page: Path, profile: Path) -> Page:
    """Load a page without network; `profile` is a fresh folder."""
    found = _run(page, profile, "--dump-dom", "--virtual-time-budget=4000", "--enable-logging=stderr", "--v=0")
    console = [line for line in found.stderr.splitlines() if "CONSOLE" in line]
    return Page(found.stdout, console)


def print_pdf(page: Path, profile: Path, out: Path) -> bytes:
    """What the page prints."""
    _run(page, profile, f"--print-to-pdf={out}", "--no-pdf-header-footer")
    return out.read_bytes()


def _run(page: Path, profile: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    # a resolver that knows no host: a page that fetches anything shows an error on its console
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
              "--host-resolver-rules=MAP * ~NOTFOUND"]  # fmt: skip
    command = [browser(), *common, *flags, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
