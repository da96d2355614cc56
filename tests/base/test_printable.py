"""Outside text made printable, and streams on which nothing controls the terminal."""

import io

import pytest

from base.printable import PrintableStream, brief, printable, underlying

HOSTILE = {
    "\x1b[2J": "\\x1b[2J", "\x07": "\\x07", "a\nb": "a\\nb", "\r": "\\r", "\x00": "\\x00", "\x7f": "\\x7f",
    "\x9b31m": "\\x9b31m",
    "\u202egnp.exe": "\\u202egnp.exe", "\u2066": "\\u2066", "\u2028": "\\u2028",
    "\u200b": "\\u200b", "\ufeff": "\\ufeff",
    "\udcff": "\\udcff", "\U000e0041": "\\U000e0041",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_controls_a_terminal_is_an_escape(text):
    assert printable(text) == HOSTILE[text]


def test_all_else_stays():
    for text in ("", "plain", "é 日本 ключ 😀", "a\u00a0b", "~"):
        assert printable(text) == text
    assert printable(3) == "3"


def test_what_is_too_long_loses_its_middle():
    assert brief("a\x1bb") == "a\\x1bb"
    assert brief("x" * 300) == "x" * 300
    shown = brief("begin " + "\x00" * 10_000 + " end")
    assert shown.startswith("begin \\x00")
    assert shown.endswith("\\x00 end")
    assert " ... " in shown
    assert len(shown) <= 310
    assert shown.isprintable()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_stream_keeps_lines_and_tabs_and_nothing_else():
    stream = io.StringIO()
    guarded = PrintableStream(stream)
    print("a\tb\nc", "\x1b[31mred\x1b[0m", *HOSTILE, file=guarded, flush=True)
    guarded.writelines(["x\x07", "\n"])
    said = stream.getvalue()
    assert said.startswith("a\tb\nc \\x1b[31mred")
    assert said.endswith("x\\x07\n")
    assert all(char.isprintable() or char in "\n\t" for char in said)
    assert underlying(guarded) is stream is underlying(stream)


def test_our_colours_reach_a_terminal():
    stream = Terminal()
    print("\x1b[31mFAIL\x1b[0m \x1b[8mhidden \x1b]0;title\x07", file=PrintableStream(stream))
    assert stream.getvalue() == "\x1b[31mFAIL\x1b[0m \\x1b[8mhidden \\x1b]0;title\\x07\n"
