"""The server of `layergraph demo`: what it answers, what it refuses and how, and how it ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cli.demo import page, server
from cli.demo.reading import SIDE
from tests.demo.conftest import THREE, ink

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTION = b"POST /read HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
DRAWING = ink(THREE).reshape(-1).tolist()


@pytest.fixture(scope="module")
def port(readings):
    with server.serving(page.served(readings["plain"]), readings["plain"], 0) as address:
        yield int(address.rstrip("/").rpartition(":")[2])


def ask(port, method="POST", path="/read", body=None, **headers):
    """(status, content, headers) of one request; names of headers with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    given = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes | str | None) else json.dumps(body)
    connection.request(method, path, content, {name: value for name, value in given.items() if value is not None})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text, dict(answer.getheaders())


def refused(found):
    """(status, reason) of a refusal, which is JSON."""
    status, text, headers = found
    assert headers["Content-Type"] == "application/json"
    assert set(json.loads(text)) == {"error"}
    return status, json.loads(text)["error"]


def raw(port, data: bytes) -> bytes:
    """What comes back on a bare connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_the_page_comes_with_its_guards(port):
    status, text, headers = ask(port, "GET", "/")
    assert status == 200
    assert text.startswith(b"<!doctype html>")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    status, text, again = ask(port, "HEAD", "/")
    assert (status, text, again["Content-Length"]) == (200, b"", headers["Content-Length"])


def test_a_question_is_answered_as_the_net_does(port, readings):
    status, text, _ = ask(port, body={"drawing": DRAWING, "class": 4})
    expected = readings["plain"].read(np.array(DRAWING, np.uint8).reshape(SIDE, SIDE), 4)
    assert status == 200
    assert json.loads(text) == expected
    assert json.loads(ask(port, body={"drawing": [float(v) for v in DRAWING]})[1])["scores"] == expected["scores"]


@pytest.mark.parametrize(
    "host", ["example.com", "127.0.0.1", "127.0.0.1:1", "evil.test:{port}", "127.0.0.1.evil.test:{port}", ""]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/read")])
def test_other_hosts_are_refused(host, method, path, port):
    status, reason = refused(ask(port, method, path, {"drawing": DRAWING}, Host=host.format(port=port)))
    assert status == 403
    assert reason == f"this server answers to http://127.0.0.1:{port}/ alone"


def test_the_name_of_this_machine_is_ours(port):
    assert ask(port, "GET", "/", Host=f"LOCALHOST:{port}")[0] == 200


def test_pages_of_other_origins_are_refused(port):
    question = {"drawing": DRAWING}
    for origin in ("http://example.com", "null", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"):
        assert refused(ask(port, body=question, Origin=origin))[0] == 403
    assert ask(port, body=question, Origin=f"http://127.0.0.1:{port}")[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "POST"])
def test_other_methods_are_refused(method, port):
    status, text, headers = ask(port, method, "/")
    assert refused((status, text, headers)) == (405, "/ takes GET and HEAD")
    assert headers["Allow"] == "GET, HEAD"


def test_a_question_is_not_got(port):
    assert refused(ask(port, "GET", "/read")) == (405, "/read takes POST")


@pytest.mark.parametrize(
    "path",
    [
        "/run.npz",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/assets/page.js",
        "/?x",
        "/index.html",
        "*",
    ],
)
def test_there_are_no_files(path, port):
    assert refused(ask(port, "GET", path)) == (404, "there is / and /read, nothing else")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no JSON"), ("{", "no JSON"), ("\xff", "no JSON"), (b"\xff\xfe", "no JSON"), ("[" * 30000, "no JSON"),
        ('{"drawing": [], "drawing": []}', "a key occurs twice"),
    ],
    ids=["empty", "open", "latin", "bytes", "deep", "twice"],
)  # fmt: skip
def test_bad_json_is_told(body, reason, port):
    status, said = refused(ask(port, body=body, Content_Length=str(len(body))))
    assert (status, reason in said) in ((400, True), (411, False))


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1", "256", "true", "null", '"1"', "[0]", "9" * 400]
)
def test_what_is_no_ink_is_told(literal, port):
    body = f'{{"drawing": [{literal}, {", ".join("0" * (SIDE * SIDE - 1))}]}}'
    status, reason = refused(ask(port, body=body))
    assert status == 422
    assert reason.startswith(
        f"drawing: expected {SIDE} x {SIDE} = 12544 numbers from 0 to 255, row by row; number 0 is "
    )


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"drawing": DRAWING[1:]}, "got 12543 of them"),
        ({"drawing": [*DRAWING, 0]}, "got 12545 of them"),
        ({"drawing": []}, "got 0 of them"),
        ({"drawing": "abc"}, "got str"),
        ({"drawing": None}, "got NoneType"),
        ({}, 'expected {"drawing": [...]'),
        ([], 'expected {"drawing": [...]'),
        (3, 'expected {"drawing": [...]'),
        ({"drawing": DRAWING, "more": 1}, 'expected {"drawing": [...]'),
        ({"drawing": DRAWING, "class": 10}, "class: expected null or a number from 0 to 9"),
        ({"drawing": DRAWING, "class": -1}, "class: expected null or a number from 0 to 9"),
        ({"drawing": DRAWING, "class": True}, "class: expected null or a number from 0 to 9"),
        ({"drawing": DRAWING, "class": "3"}, "class: expected null or a number from 0 to 9"),
    ],
)
def test_wrong_questions_are_told(question, reason, port):
    status, said = refused(ask(port, body=question))
    assert status == 422
    assert reason in said


def test_large_bodies_are_refused_unread(port):
    begin = (
        f"POST /read HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
    )
    for length in (str(server.MOST + 1), "9" * 30):
        answer = raw(port, begin + length.encode() + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"a question has at most 131072 bytes" in answer
        assert b"Connection: close" in answer


def test_a_drawing_of_full_ink_is_small_enough(port):
    assert ask(port, body=json.dumps({"drawing": [255] * SIDE**2, "class": None}, separators=(",", ":")))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": None}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": "-5"}, 400),
        ({"Content_Length": "0x10"}, 400),
        ({"Content_Length": "²"}, 400),
        ({"Content_Length": "5", "Transfer_Encoding": "chunked"}, 411),
    ],
    ids=str,
)
def test_wrong_headers_are_refused(headers, status, port):
    assert refused(ask(port, body="{}   ", **headers))[0] == status


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"rubbish\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n\r\n", b"403"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"403"),
        (QUESTION + b"\r\n", b"411"),
        (QUESTION + b"Content-Length: 9\r\n\r\n{}", b"400"),
    ],
    ids=["rubbish", "tls", "version", "long", "headers", "hostless", "two hosts", "no length", "short"],
)
def test_what_is_no_proper_request_is_answered_in_json(request_, status, port):
    head, _, body = raw(port, request_.replace(b"{port}", str(port).encode())).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert set(json.loads(body)) == {"error"}


def test_it_goes_on_answering_after_all_that(port):
    assert ask(port, body={"drawing": DRAWING})[0] == 200


def test_a_slow_request_is_ended_and_holds_nobody_up(port, monkeypatch):
    monkeypatch.setattr(server.Handler, "timeout", 0.3)
    begin = (
        f"POST /read HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(begin.encode())
        assert ask(port, "GET", "/")[0] == 200
        assert line.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_port_that_is_taken_is_named(port, readings):
    with (
        pytest.raises(OSError, match=f"port {port} of 127.0.0.1: .*; choose another with --port"),
        server.serving("", readings["plain"], port),
    ):
        pass


def started(*arguments: str, **options) -> subprocess.Popen[str]:
    """`layergraph demo` in a process that heeds Ctrl-C, also where these tests run in the background of a shell."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("environment", {})}
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a shell has set to be ignored is inherited
    try:
        command = [sys.executable, "-m", "cli.main", "demo", *arguments, "--port", "0"]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_listens_on_this_machine_alone_and_ends_on_ctrl_c(runs):
    with started(str(runs["plain"])) as process:
        address = process.stdout.readline().partition("draw on ")[2].split()[0]
        assert address.startswith("http://127.0.0.1:")
        port = int(address.rstrip("/").rpartition(":")[2])
        idle = socket.create_connection(("127.0.0.1", port))  # a reader that stays does not hold the end up
        assert ask(port, "GET", "/")[0] == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        idle.close()
    assert (process.returncode, err) == (0, "")
    assert out.strip().endswith("ended")


def test_without_a_run_one_is_trained_first(tmp_path):
    nowhere = {"LAYERGRAPH_DATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    with started(cwd=tmp_path, environment=nowhere) as process:
        first, second = process.stdout.readline(), process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert first.startswith("no run is named: training mlp:100 on digits first, into runs/demo")
    assert second.startswith("runs/demo/run.npz: draw on http://127.0.0.1:")
    assert process.returncode == 0
