"""Any table that `tomllib` can make comes back equal from the text that we write."""

import datetime
import math
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from base.files.toml_text import to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ZONES = st.integers(-1439, 1439).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
PLAIN = st.one_of(
    TEXT,
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.dates(),
    st.times().map(lambda one: one.replace(fold=0)),
    st.datetimes().map(lambda one: one.replace(fold=0)),
    st.datetimes(timezones=ZONES).map(lambda one: one.replace(fold=0)),
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


def known(value: Any) -> Any:
    """A value that equals itself also where it holds NaN, and whose types count."""
    if isinstance(value, dict):
        return {key: known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [known(inner) for inner in value]
    return type(value), "nan" if isinstance(value, float) and math.isnan(value) else repr(value)


@settings(max_examples=100)
@given(st.dictionaries(TEXT, VALUES, max_size=6))
def test_every_table_comes_back_equal(table):
    assert known(tomllib.loads(to_toml(table))) == known(table)


EXAMPLES = [
    '"a.b" = 1\na.b = 2\n"" = 3\n"\\n" = 4',
    "[a.b.c]\nd = 1\n[[a.e]]\nf = 1\n[[a.e]]\nf = [[], [{}]]",
    "s = \"\"\"\n  two\nlines \\\n   joined\"\"\"\nt = '''raw \"\\' '''",
    "x = [inf, -inf, +nan, -0.0, 1e400, 5e-324, 1e-5]\ny = [0xff, 0o7, 0b1, 1_000, -9223372036854775808]",
    "d = 1979-05-27T07:32:00.999999-07:00\ne = 1979-05-27 07:32:00\nf = 0001-01-01\n"
    "g = 23:59:59.5\nh = 1979-05-27T00:32:00Z",
    'u = "\\u0000\\u001b\\u007f\\u0085\\u202e\\U0001F600 é 日本"\n"ключ" = "\\r\\n\\t"',
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_toml_can_say_comes_back(text):
    table = tomllib.loads(text)
    assert known(tomllib.loads(to_toml(table))) == known(table)


def test_no_control_character_is_written():
    assert to_toml({"a\x1b": "b\x07\u202e"}) == '"a\\u001b" = "b\\u0007\\u202e"\n'


def test_tables_stand_under_their_heads_and_keys_are_bare_where_they_can_be():
    assert to_toml({"data": "digits", "settings": {"learning_rate": 0.1}}) == (
        'data = "digits"\n\n[settings]\nlearning_rate = 0.1\n'
    )


@pytest.mark.parametrize(("value", "named"), [(None, "NoneType"), ({1}, "set"), (b"", "bytes")])
def test_what_toml_does_not_know_is_refused(value, named):
    with pytest.raises(TypeError, match=named):
        to_toml({"a": value})
    with pytest.raises(ValueError, match="half of a character"):
        to_toml({"a": "\udcff"})
