"""Where data are looked for, and bringing them: copies, mirrors with fallback, nothing half-written."""

import functools
import http.server
import sys
import threading
from pathlib import Path

import pytest
from mnist_files import idx_files, npz_bytes, pack, pickle_bytes, write_all

import mnist
import mnist.fetching
from mnist.locate import STEMS, cache_folder, find_mnist, look

ABSENT = (
    "MNIST not found in ~/.cache/layergraph (or LAYERGRAPH_DATA). Put the four idx files, mnist.npz or mnist.pkl.gz "
    "there, run 'layergraph data get mnist --from PATH', or install pooch to download."
)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A home without data."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("LAYERGRAPH_DATA", raising=False)
    return home


def test_the_text_for_absent_data(nowhere):
    with pytest.raises(mnist.DataError) as raw:
        mnist.load()
    assert str(raw.value) == ABSENT


def test_the_current_folder_is_named_in_words(nowhere, monkeypatch):
    monkeypatch.chdir(nowhere)
    with pytest.raises(mnist.DataError, match=r"^MNIST not found in the current folder\. Put the four"):
        mnist.load(".")


def test_order_of_search(nowhere, tmp_path, monkeypatch, parts):
    cache, data, given = nowhere / ".cache/layergraph", tmp_path / "data", tmp_path / "given"
    for folder in (cache, data, given):
        folder.mkdir(parents=True)
    write_all(cache, {"mnist.npz": npz_bytes(parts)})
    assert find_mnist().files == (cache / "mnist.npz",)
    monkeypatch.setenv("LAYERGRAPH_DATA", str(data))
    assert find_mnist().files == (cache / "mnist.npz",)  # nothing in LAYERGRAPH_DATA: the cache folder
    write_all(data, idx_files(parts, packed=True))
    assert find_mnist().kind == "idx"
    with pytest.raises(mnist.DataError, match=r"MNIST not found in .*given\. Put the four"):
        find_mnist(given)  # what is named is not silently replaced by something else
    write_all(given, {"mnist.pkl.gz": pack(pickle_bytes(parts, 2))})
    assert find_mnist(given).kind == "pickle"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg/layergraph"


def test_names_of_files(tmp_path, parts):
    for sub, files in {
        "a": {name.replace("-idx", ".idx"): data for name, data in idx_files(parts, packed=False).items()},
        "b/MNIST/raw": idx_files(parts, packed=True),
        "c/mnist": {"mnist.pkl": pickle_bytes(parts, 4)},
    }.items():
        (tmp_path / sub).mkdir(parents=True)
        write_all(tmp_path / sub, files)
        assert len(mnist.load(tmp_path / sub.partition("/")[0], val=5, verify=False)["y_train"]) == 25
    (tmp_path / "a" / "t10k-labels.idx1-ubyte").unlink()
    with pytest.raises(mnist.DataError, match=r"lacks t10k-labels-idx1-ubyte\.gz: all four idx files are needed"):
        look(tmp_path / "a")
    with pytest.raises(mnist.DataError, match=r"train-images\.idx3-ubyte alone is no MNIST"):
        look(tmp_path / "a" / "train-images.idx3-ubyte")
    with pytest.raises(mnist.DataError, match=r"there is no .*gone"):
        find_mnist(tmp_path / "gone")


@pytest.mark.parametrize("form", ["idx", "npz", "pickle"])
def test_copying_files_that_are_here(tmp_path, small_is_canonical, form):
    source, target, lines = tmp_path / "from", tmp_path / "to", []
    source.mkdir()
    parts = small_is_canonical
    write_all(source, {"idx": idx_files(parts, packed=True), "npz": {"x.npz": npz_bytes(parts)},
                       "pickle": {"odd.pkl.gz": pack(pickle_bytes(parts, 2))}}[form])  # fmt: skip
    single = next(source.iterdir())
    given = source if form == "idx" else f"file://{single}" if form == "npz" else single
    found = mnist.fetch(given, to=target, log=lines.append)
    names = {"idx": {f"{stem}.gz" for stem in STEMS}, "npz": {"mnist.npz"}, "pickle": {"mnist.pkl.gz"}}[form]
    assert {path.name for path in target.iterdir()} == names
    assert found.kind == form
    assert lines[-1].endswith("sha256 ok")
    assert mnist.load(root=target, val=5).info.verified


def test_a_bad_file_leaves_the_target_as_it_was(tmp_path, parts):
    source, target = tmp_path / "from", tmp_path / "to"
    source.mkdir()
    target.mkdir()
    (target / "mnist.npz").write_bytes(b"what stood here")
    write_all(source, idx_files(parts, packed=True))
    with pytest.raises(mnist.DataError, match="the files: decoded train images have sha256"):
        mnist.fetch(source, to=target)
    (source / f"{STEMS[3]}.gz").write_bytes(b"<html>")
    with pytest.raises(mnist.DataError, match="is not gzip: it starts with '<html'"):
        mnist.fetch(source, to=target, verify=False)
    assert [path.name for path in target.iterdir()] == ["mnist.npz"]
    assert (target / "mnist.npz").read_bytes() == b"what stood here"


def test_a_target_that_cannot_be_written(tmp_path, parts):
    write_all(tmp_path, idx_files(parts, packed=True))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(mnist.DataError, match=r"cannot write to .*file/folder: Not a directory"):
        mnist.fetch(tmp_path, to=tmp_path / "file" / "folder", verify=False)


@pytest.fixture
def server(tmp_path):
    """A web server on the loopback: the base URL and the folder that it serves."""
    served = tmp_path / "served"
    served.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(served))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}", served
        httpd.shutdown()
        thread.join()


def test_mirrors_are_tried_in_turn(server, tmp_path, monkeypatch, small_is_canonical):
    """The first mirror lacks the files, the second serves web pages, the third wrong bytes, the fourth the data."""
    pytest.importorskip("pooch")
    url, served = server
    good = idx_files(small_is_canonical, packed=True)
    wrong = idx_files(small_is_canonical._replace(train_labels=small_is_canonical.train_labels[::-1]), packed=True)
    for name, files in {"a": {}, "b": dict.fromkeys(good, b"<!DOCTYPE html>"), "c": wrong, "d": good}.items():
        (served / name).mkdir()
        write_all(served / name, files)
    monkeypatch.setattr(mnist.fetching, "MIRRORS", tuple(f"{url}/{name}/" for name in "abcd"))
    lines, target = [], tmp_path / "to"
    assert mnist.fetch(to=target, log=lines.append).kind == "idx"
    assert sorted(path.name for path in target.iterdir()) == sorted(good)
    text = "\n".join(lines)
    assert "the server answered 404" in text
    assert "is not gzip: it starts with '<!DOCTYPE' — a web error page was saved" in text
    assert "decoded train labels have sha256" in text
    monkeypatch.setattr(mnist.fetching, "MIRRORS", tuple(f"{url}/{name}/" for name in "ab"))
    with pytest.raises(mnist.DataError, match=r"downloaded \(127.*404; 127.*web error page was saved\)\. Fetch"):
        mnist.fetch(to=tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_one_container_from_a_url(server, tmp_path, small_is_canonical):
    pytest.importorskip("pooch")
    url, served = server
    write_all(served, {"keras.npz": npz_bytes(small_is_canonical)})
    assert mnist.fetch(f"{url}/keras.npz", to=tmp_path / "to").files == (tmp_path / "to" / "mnist.npz",)
    with pytest.raises(mnist.DataError, match="could not be reached"):
        mnist.fetch("http://127.0.0.1:9/mnist.npz", to=tmp_path / "to")


def test_downloading_needs_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"^downloading needs pooch: pip install pooch$"):
        mnist.fetch(to=tmp_path)


def test_nothing_is_downloaded_by_load(nowhere, monkeypatch):
    monkeypatch.setattr("mnist.fetching.fetch", lambda *a, **k: pytest.fail("load() downloaded"))
    monkeypatch.setattr("socket.socket.connect", lambda *a: pytest.fail("load() opened a connection"))
    with pytest.raises(mnist.DataError, match="MNIST not found"):
        mnist.load()
    assert list(Path(nowhere).iterdir()) == []
