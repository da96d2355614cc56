"""A small server for this machine alone: one page, one question; everything else is refused with a status and a reason.

It listens on 127.0.0.1 and answers only requests that name it so: a page of another origin, or a name that was made to
point here, gets nothing.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np

from base.arrays import Array
from base.files import json_text

from .reading import SIDE, Reading

ADDRESS = "127.0.0.1"
MOST = 128 * 1024  # bytes of a question: a drawing has 12,544 numbers of at most three digits
PATIENCE = 5.0  # seconds for a request to come in
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Refusal(Exception):  # noqa: N818  an answer, not a fault
    """A request that is not answered: the status and the reason."""

    def __init__(self, status: HTTPStatus, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


def serving(page: str, reading: Reading, port: int) -> AbstractContextManager[str]:
    """Within it the page is served; its address. OSError names a port that is taken."""
    return listening(Handler, port, page=page.encode(), reading=reading)


@contextmanager
def listening(handler: "type[Handler]", port: int, **known: Any) -> Iterator[str]:
    """Within it `handler` answers on this machine, with `known` as attributes of its server; its address."""
    try:
        server = Server((ADDRESS, port), handler)
    except OSError as error:
        raise OSError(f"port {port} of {ADDRESS}: {error.strerror}; choose another with --port, 0 for any") from None
    for name, value in known.items():
        setattr(server, name, value)
    loop = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    loop.start()
    try:
        yield f"http://{ADDRESS}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Server(ThreadingHTTPServer):
    """Listens; what it is to answer with it is given as attributes."""

    daemon_threads = True  # a slow request does not hold the end up
    block_on_close = False
    page: bytes
    reading: Reading

    def __init__(self, *args: Any):
        self.lock = threading.Lock()  # a model is for one thread at a time
        super().__init__(*args)

    def server_bind(self) -> None:
        """Without the look-up of the machine's name, which may take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that has gone is no matter of ours."""


class Handler(BaseHTTPRequestHandler):
    """GET / is the page, POST /read a question about a drawing."""

    server: Server
    server_version, sys_version = "layergraph", ""
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    routes: ClassVar = {("GET", "/"): "_get_page", ("HEAD", "/"): "_get_page", ("POST", "/read"): "_post_read"}

    def __getattr__(self, name: str) -> Any:
        """Every method is taken to `_answer`, which refuses all but a few."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        try:
            self._check_origin()
            method = self.routes.get((self.command, self.path))
            if method is None:
                self._refuse_route()
            getattr(self, str(method))()
        except Refusal as refusal:
            self._send_json(refusal.status, {"error": refusal.reason})
        except TimeoutError:
            self._send_json(HTTPStatus.REQUEST_TIMEOUT, {"error": f"the request took more than {PATIENCE:g} seconds"})

    def _check_origin(self) -> None:
        """Only our own address, by both of its names, and no page of another origin."""
        own = {f"{name}:{self.server.server_port}" for name in (ADDRESS, "localhost")}
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in own:
            address = f"http://{ADDRESS}:{self.server.server_port}/"
            raise Refusal(HTTPStatus.FORBIDDEN, f"this server answers to {address} alone")
        origin = self.headers.get("Origin")
        if origin is not None and origin.lower().removeprefix("http://") not in own:
            raise Refusal(HTTPStatus.FORBIDDEN, "questions from pages of others are not answered")

    def _refuse_route(self) -> None:
        known = [method for method, path in self.routes if path == self.path]
        if not known:
            paths = " and ".join(sorted({path for _, path in self.routes}))
            raise Refusal(HTTPStatus.NOT_FOUND, f"there is {paths}, nothing else")
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.path} takes {' and '.join(known)}")

    def _get_page(self) -> None:
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)

    def _post_read(self) -> None:
        drawing, chosen = _question(self._body(), len(self.server.reading.classes))
        with self.server.lock:
            answer = self.server.reading.read(drawing, chosen)
        self._send_json(HTTPStatus.OK, answer)

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is sent as application/json")
        length = self.headers.get("Content-Length", "")
        if not length or self.headers.get("Transfer-Encoding"):
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "a question says its Content-Length")
        if not (length.isascii() and length.isdigit()):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"Content-Length is {length[:20]!r}; expected a number of bytes")
        if len(length) > 9 or int(length) > MOST:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {MOST} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"the question ended after {len(body)} of {length} bytes")
        return body

    def _send_json(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        if status != HTTPStatus.OK:
            self.close_connection = True  # what else comes on it may be the rest of what was refused
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        allowed = [method for method, path in self.routes if path == self.path]
        more = {"Allow": ", ".join(allowed)} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
        if self.close_connection:
            more["Connection"] = "close"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **HEADERS, **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What Python's own parser refuses is said in the same form."""
        self.command, self.path = getattr(self, "command", None) or "GET", getattr(self, "path", "")
        self.request_version = self.protocol_version  # else it would take the reader for one of 1991: no status line
        self._send_json(HTTPStatus(code), {"error": message or HTTPStatus(code).phrase})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the base class has it
        """Nothing: the terminal is the user's."""


def _question(body: bytes, classes: int) -> tuple[Array, int | None]:
    """The drawing (S, S) in bytes and the chosen class; Refusal where they are anything else."""
    try:
        content = json_text.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the question is no JSON: {str(error)[:200]}") from None
    if not isinstance(content, dict) or not {"drawing"} <= set(content) <= {"drawing", "class"}:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, 'expected {"drawing": [...], "class": number or null}')
    return _drawing(content["drawing"]), _chosen(content.get("class"), classes)


def _drawing(values: Any) -> Array:
    expected = f"drawing: expected {SIDE} x {SIDE} = {SIDE * SIDE} numbers from 0 to 255, row by row"
    if not isinstance(values, list) or len(values) != SIDE * SIDE:
        seen = f"{len(values)} of them" if isinstance(values, list) else type(values).__name__
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{expected}; got {seen}")
    for at, value in enumerate(values):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not (isinstance(value, int) or math.isfinite(value)) or not 0 <= value <= 255:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{expected}; number {at} is {str(value)[:20]}")
    return np.round(np.array(values, np.float64)).astype(np.uint8).reshape(SIDE, SIDE)


def _chosen(value: Any, classes: int) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < classes):
        return value
    raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"class: expected null or a number from 0 to {classes - 1}")
