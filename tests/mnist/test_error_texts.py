"""How untrusted bytes, wrong files and paths are put into words."""

from pathlib import Path

import pytest

from mnist.errors import printable, shown, starts_with


@pytest.mark.parametrize("kind", [str, bytes])
@pytest.mark.parametrize(("length", "most"), [(0, 80), (80, 80), (81, 80), (500, 80), (5, 5), (6, 5), (0, 0), (1, 0)])
def test_outside_text_is_quoted_up_to_a_length(kind, length, most):
    text = "x" * length
    wanted = repr("x" * min(length, most)) + ("..." if length > most else "")
    assert printable(text if kind is str else text.encode(), most) == wanted
    if most == 80:
        assert printable(text if kind is str else text.encode()) == wanted


def test_nothing_of_it_reaches_the_terminal():
    assert printable(b"\x1b[31m\xff\n'") == '"\\x1b[31m\\xff\\n\'"'
    assert printable("\x1b\u202e\n") == "'\\x1b\\u202e\\n'"


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"", "it is empty (0 bytes). Fetch it again."),
        (b"\n <!doctype HTML>", "it starts with '<!doctype' — a web error page was saved."),
        (b"<HTML>", "it starts with '<HTML' — a web error page was saved."),
        (b"<?xml version", "it starts with '<?xml' — a web error message was saved."),
        (b"version https://git-lfs.github", "it starts with 'version https://git-lfs' — a Git LFS pointer was saved"),
        (b"PK\x03\x04rest", "it starts with 'PK\\x03\\x04' — a zip archive."),
        (b"\x1f\x8brest", "it starts with '\\x1f\\x8b' — gzip data."),
        (b"\x93NUMPYrest", "it starts with '\\x93NUMPY' — a .npy file."),
        (b"\x89HDFrest", "it starts with '\\x89HDF' — an HDF5 file."),
        (b"123456789", "it starts with '12345678'."),
        (b"12345678", "it starts with '12345678'."),
    ],
)
def test_what_a_file_turns_out_to_be(head, text):
    assert starts_with(head).startswith(text)


def test_the_home_folder_is_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert shown(Path("/home/someone/data/x")) == str(Path("~/data/x"))
    assert shown(Path("/home/someone")) == "~"
    assert shown(Path("/home/other/x")) == str(Path("/home/other/x"))
    assert shown(Path("data/x")) == str(Path("data/x"))
