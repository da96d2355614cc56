"""How often a download is tried, and how its failure is told, with a pooch and servers that are written by hand."""

import sys
from types import SimpleNamespace

import pytest

from mnist import DataError, fetching
from mnist.own import fetching as of_family

CUT = DataError("a.gz is cut short.")


@pytest.fixture
def pooch(monkeypatch):
    """Its answers, one a request (an error, or None: the file comes), and what it was asked for."""
    answers, asked = [], []

    def retrieve(url, known_hash, fname, path, downloader):
        asked.append((url, known_hash, path / fname, *downloader))
        if (answer := answers.pop(0)) is not None:
            raise answer

    fake = SimpleNamespace(
        get_logger=lambda: SimpleNamespace(setLevel=lambda level: None), retrieve=retrieve,
        HTTPDownloader=lambda timeout, progressbar: (timeout, progressbar),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "pooch", fake)
    return answers, asked


def cut(number=0):
    return OSError(f"{number}: the file is cut short")


@pytest.mark.parametrize(
    ("answers", "requests", "error"),
    [
        ([None], 1, None),
        ([cut(), None], 2, None),
        ([cut(1), cut(2)], 2, "2: the file"),
        ([OSError("refused")], 1, "refused"),
        ([cut(), OSError("refused")], 2, "refused"),
        ([ValueError("no such protocol, cut short")], 1, "no such protocol"),
    ],
)
def test_a_file_that_breaks_off_is_asked_for_once_more(pooch, tmp_path, answers, requests, error):
    pooch[0][:] = answers
    if error is None:
        fetching.retrieve({"http://here/a": tmp_path / "b"}, False)
    else:
        with pytest.raises((OSError, ValueError), match=error):
            fetching.retrieve({"http://here/a": tmp_path / "b"}, False)
    assert pooch[1] == [("http://here/a", None, tmp_path / "b", 30, False)] * requests


def test_a_bar_is_shown_on_demand_where_tqdm_is_there(pooch, tmp_path, monkeypatch):
    bar = object()
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=lambda **settings: bar))
    for progress, shown in ((False, False), (True, bar)):
        pooch[0].append(None)
        fetching.retrieve({"http://here/a": tmp_path / "b"}, progress)
        assert pooch[1][-1][-1] is shown
    monkeypatch.setitem(sys.modules, "tqdm", None)
    pooch[0].append(None)
    fetching.retrieve({"http://here/a": tmp_path / "b"}, True)
    assert pooch[1][-1][-1] is False


class AnsweredError(OSError):
    response = SimpleNamespace(status_code=404)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DataError("a.gz is cut short."), "a.gz is cut short"),
        (AnsweredError("404 Client Error"), "the server answered 404"),
        (OSError(2, "No such file"), "No such file"),
        (OSError("odd"), "could not be reached (OSError)"),
        (ValueError("one line\nand another"), "one line"),
        (ValueError("x" * 121), "x" * 120),
        (ValueError(""), "could not be reached (ValueError)"),
    ],
)
def test_a_failure_in_few_words(error, text):
    assert fetching.reason_of(error) == text


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://here/a/keras.npz?version=2", "mnist.npz"), ("http://here/odd.pkl.gz", "mnist.pkl.gz"),
        ("http://here/odd.pkl", "mnist.pkl"), ("http://here/a/t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("odd.npz", "mnist.npz"),
    ],
)  # fmt: skip
def test_a_file_is_saved_under_a_name_that_is_recognised(url, name):
    assert fetching._file_name(url) == name


def broken(name):
    """An error of that name, as the libraries below pooch raise them."""
    return type(name, (OSError,), {})("Connection broken")


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([CUT, CUT], ["failed: here: a.gz is cut short; once more", "failed: here: a.gz is cut short"]),
        ([CUT, DataError("odd.")], ["failed: here: a.gz is cut short; once more", "failed: here: odd"]),
        ([DataError("odd.")], ["failed: here: odd"]),
        ([broken("ChunkedEncodingError"), DataError("odd.")],
         ["failed: here: could not be reached (ChunkedEncodingError); once more", "failed: here: odd"]),
        ([broken("ContentDecodingError"), DataError("odd.")],
         ["failed: here: could not be reached (ContentDecodingError); once more", "failed: here: odd"]),
    ],
)  # fmt: skip
def test_mirrors_are_given_up_after_two_attempts_each_and_the_last_reason_of_each_is_told(
    monkeypatch, tmp_path, errors, told
):
    left, lines, wanted = [*errors, *errors], [], []

    def retrieve(files, progress):
        wanted.append((list(files), progress))
        raise left.pop(0)

    monkeypatch.setattr(fetching, "retrieve", retrieve)
    with pytest.raises(DataError) as caught:
        fetching._download(("http://here/a/", "http://here/b.npz"), tmp_path, True, False, lines.append)
    last = told[-1].removeprefix("failed: ")
    assert str(caught.value) == (
        f"MNIST could not be downloaded ({last}; {last}). Fetch the files by other means and run 'layergraph data get"
        " mnist --from PATH'."
    )
    assert lines == ["downloading from http://here/a/", *told, "downloading from http://here/b.npz", *told]
    four = [f"http://here/a/{stem}.gz" for stem in fetching.STEMS]
    assert wanted == [(four, False)] * len(told) + [(["http://here/b.npz"], False)] * len(told)


@pytest.mark.parametrize(
    ("errors", "attempts"), [([CUT, CUT], 2), ([CUT, DataError("odd.")], 2), ([OSError(2, "odd")], 1)]
)
def test_a_set_of_the_family_is_asked_for_twice(monkeypatch, tmp_path, errors, attempts):
    left, lines, wanted = list(errors), [], []

    def retrieve(files, progress):
        wanted.append((list(files), progress))
        raise left.pop(0)

    monkeypatch.setattr(of_family, "retrieve", retrieve)
    reason = str(errors[-1].args[-1]).removesuffix(".")
    with pytest.raises(
        DataError, match=rf"^kmnist could not be downloaded from http://here/a \({reason}\)\. Fetch the"
    ):
        of_family.fetch_family("kmnist", "http://here/a", to=tmp_path, progress=True, log=lines.append)
    four = [f"http://here/a/{stem}.gz" for stem in fetching.STEMS]
    assert wanted == [(four, True)] * attempts
    assert lines.count("downloading from http://here/a") == attempts
    assert len(lines) == 2 * attempts


def test_letters_come_in_one_archive():
    assert of_family._addresses("emnist-letters", "http://here/a/") == ["http://here/a/gzip.zip"]
    assert of_family._addresses("emnist-letters", "http://here/my.zip") == ["http://here/my.zip"]


@pytest.mark.parametrize(("name", "kind"), [("other.npz", "npz"), ("other.pkl", "pickle"), ("a.pkl.gz", "pickle")])
def test_one_file_under_a_name_of_its_own_is_read_by_how_its_name_ends(monkeypatch, tmp_path, name, kind):
    (stage := tmp_path / "stage").mkdir()
    (stage / name).touch()
    read = []
    monkeypatch.setattr(fetching, "read_source", read.append)
    source = fetching._install(stage, tmp_path, False, lambda line: None)
    assert [(one.kind, one.files) for one in read] == [(kind, (stage / name,))]
    assert (source.kind, source.files) == (kind, (tmp_path / f"mnist{name[name.index('.'):]}",))
