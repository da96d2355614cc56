"""Fetching a set of the family: from a folder, a zip and a server; sums, and downloads that break off."""

import hashlib
import http.server
import threading
import zipfile

import pytest
from mnist_files import idx_files, small_parts
from own_data import idx_set

import mnist
from mnist.own import family

LETTERS = idx_set("emnist-letters-")
FASHION = idx_set(parts=("train", "t10k"))


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def published(monkeypatch):
    """The small sets pass for the published ones."""
    sums = {file: md5(whole) for file, whole in FASHION.items()}
    monkeypatch.setitem(family.FAMILY, "fashion-mnist", family.FAMILY["fashion-mnist"]._replace(md5=sums))


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, whole in files.items():
        (folder / name).write_bytes(whole)
    return folder


def test_from_a_folder(tmp_path, published):
    here = put(tmp_path / "here", FASHION)
    lines = []
    placed = mnist.fetch_family("fashion-mnist", here, to=tmp_path / "to", log=lines.append)
    assert [path.name for path in placed] == list(family.FAMILY["fashion-mnist"].files)
    assert lines == [f"4 files in {tmp_path / 'to'}, md5 ok"]
    name = "t10k-labels-idx1-ubyte.gz"
    put(here, {name: FASHION["train-labels-idx1-ubyte.gz"]})
    with pytest.raises(mnist.DataError, match=f"{name} of fashion-mnist has md5"):
        mnist.fetch_family("fashion-mnist", here, to=tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []
    (here / name).unlink()
    with pytest.raises(mnist.DataError, match="here does not hold fashion-mnist: expected train-images"):
        mnist.fetch_family("fashion-mnist", here, to=tmp_path / "other")


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, whole in files.items():
            archive.writestr(f"gzip/{name}", whole)
    return path


def test_letters_out_of_the_archive(tmp_path, monkeypatch):
    archive = zipped(tmp_path / "gzip.zip", LETTERS | idx_set("emnist-digits-"))
    with pytest.raises(
        mnist.DataError, match=r"gzip\.zip has md5 .*, expected 58c8d27c78d21e728a6bc7b3cc06412e\. Fetch"
    ):
        mnist.fetch_family("emnist-letters", archive, to=tmp_path / "to")
    sums = {"gzip.zip": md5(archive.read_bytes())}
    monkeypatch.setitem(family.FAMILY, "emnist-letters", family.FAMILY["emnist-letters"]._replace(md5=sums))
    assert len(mnist.fetch_family("emnist-letters", archive, to=tmp_path / "to")) == 4
    assert len(list((tmp_path / "to").iterdir())) == 4
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(mnist.DataError, match="cut short"):
        mnist.fetch_family("emnist-letters", archive, to=tmp_path / "again")


@pytest.fixture
def server(tmp_path):
    """A web server whose first answer for each file breaks off: the base URL, its folder, and the names asked for."""
    served, asked = tmp_path / "served", []
    served.mkdir()

    class Breaking(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            whole = (served / self.path.lstrip("/")).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole[: len(whole) // 2] if asked.count(self.path) == 1 else whole)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Breaking) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/", served, asked
        httpd.shutdown()
        thread.join()


def test_a_download_that_breaks_off_is_tried_again(tmp_path, server, published):
    pytest.importorskip("pooch")
    url, served, asked = server
    put(served, FASHION)
    assert len(mnist.fetch_family("fashion-mnist", url, to=tmp_path / "to")) == 4
    assert len(asked) == 8
    assert list((tmp_path / "to").glob(".incoming*")) == []


def test_so_is_one_of_mnist(tmp_path, server):
    pytest.importorskip("pooch")
    url, served, asked = server
    put(served, idx_files(small_parts(), packed=True))
    assert len(mnist.fetch(url, to=tmp_path / "to", verify=False).files) == 4
    assert len(asked) == 8


def test_a_server_that_cuts_without_a_word_is_asked_again(tmp_path, server, published):
    """Without a length nobody notices before the file is read."""
    pytest.importorskip("pooch")
    url, served, asked = server
    put(served, FASHION | {"train-images-idx3-ubyte.gz": FASHION["train-images-idx3-ubyte.gz"][:1000]})
    asked += [f"/{name}" for name in FASHION]
    lines = []
    with pytest.raises(
        mnist.DataError, match=r"fashion-mnist could not be downloaded from .* Fetch the files by other"
    ):
        mnist.fetch_family("fashion-mnist", url, to=tmp_path / "to", verify=False, log=lines.append)
    assert sum("cut short" in line for line in lines) == 2
