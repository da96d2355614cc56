"""JSON from files: bounded, each key once, and sealed to the byte."""

import json

import pytest

from base.files.json_text import DEEPEST, loads, sealed, unsealed

CONTENT = {"format": "x 1", "numbers": [1, 2.5, 1e-300, None, True], "names": {"a\x1b": "é\n"}, "none": {}}


def test_a_document_comes_back():
    text = sealed(CONTENT)
    assert unsealed(text) == unsealed(text.encode()) == CONTENT
    assert set(json.loads(text)) == {*CONTENT, "sha256"}, "it is plain JSON"


def test_every_byte_counts():
    text = sealed(CONTENT).encode()
    for at in range(len(text)):
        for bit in (0, 3):
            changed = bytearray(text)
            changed[at] ^= 1 << bit
            try:
                found = unsealed(bytes(changed))
            except (ValueError, KeyError):
                continue
            assert set(found) - set(CONTENT), f"byte {at}: only the name of the seal may be lost, and then it is there"
    for at in range(len(text)):
        with pytest.raises(ValueError, match=r"."):
            unsealed(text[:at])
    with pytest.raises(ValueError, match="it was changed"):
        unsealed(text + b" ")


def test_an_older_document_without_a_seal_is_read():
    assert unsealed(json.dumps(CONTENT)) == CONTENT


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_bounded(open_, close):
    def nested(depth):
        return open_ * depth + "1" + close * depth

    assert loads(nested(DEEPEST))
    for depth in (DEEPEST + 1, 990, 100_000):
        with pytest.raises(ValueError, match=f"nested more than {DEEPEST} levels"):
            loads(nested(depth))
    assert loads(json.dumps(["[" * 500, {'{{{"': "\\"}])) == ["[" * 500, {'{{{"': "\\"}], (
        "brackets in text do not count"
    )
    assert len(loads("[" + ",".join(["[]"] * 500) + "]")) == 500


def test_a_key_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match="occurs twice: 'a'"):
        loads('{"a": 1, "b": 2, "a": 3}')
