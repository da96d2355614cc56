"""Hands out the live page: the demo's server, which answers to this machine alone, with one question to ask."""

from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, ClassVar

from bench.solvers.watching.page import Watcher

from ..demo.server import Handler, listening


class LiveHandler(Handler):
    """GET / is the page as the folder is now."""

    server: Any
    routes: ClassVar = {("GET", "/"): "_get_page", ("HEAD", "/"): "_get_page"}

    def _get_page(self) -> None:
        page = self.server.watcher.page(self.server.every)
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())


def watching(watcher: Watcher, port: int, every: float) -> AbstractContextManager[str]:
    """Within it the page of the watcher is served, and refreshes itself; its address."""
    return listening(LiveHandler, port, watcher=watcher, every=every)
