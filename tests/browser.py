"""A real headless Chromium: the page's DOM after its scripts ran, what the console said, and its print as PDF."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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


@contextlib.contextmanager
def opened(address: str, **options: Any) -> Iterator[Any]:
    """A page of playwright in our Chromium, as large and in the colours that the options say.

    At the end nothing may stand on its console, and it may have asked for nothing but `address` and what is below it.
    """
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra test)")
    said: list[str] = []
    asked: list[str] = []
    with sync.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = chromium.new_page(**options)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        yield page
        chromium.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
