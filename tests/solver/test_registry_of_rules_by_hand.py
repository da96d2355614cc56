"""The registry of update rules by hand: what a name stands for, who may register it, which settings nobody reads."""

from types import SimpleNamespace

import pytest

from base.user_code import UserCodeError
from solver import rules
from solver.rules import registry
from solver.rules.registry import Rule

TEXT = """
from solver import adam as ours
from solver.rules import Rule


def plain(w, dw, config):
    return w - config["rate"] * dw, config


class Callable:
    def __call__(self, w, dw, config):
        return w, config


made = Callable()
kept = Rule("kept", plain, {"rate": 0.5})
short = lambda w, dw: w
NUMBER = 3
"""


@pytest.fixture
def own(tmp_path):
    """What names a thing in a file that holds TEXT."""
    (tmp_path / "own.py").write_text(TEXT)
    return lambda name: f"{tmp_path / 'own.py'}:{name}"


def test_what_a_name_in_a_file_stands_for(own):
    plain = rules.get(own("plain"))
    assert plain == Rule("plain", plain.function, {})
    assert plain.function(4.0, 2.0, {"rate": 0.5})[0] == 3.0
    assert rules.get(own("made")).name == "Callable"
    assert rules.get(own("kept"))[:1] + rules.get(own("kept"))[2:3] == ("kept", {"rate": 0.5})
    assert rules.get(own("ours")) is rules.get("adam")


@pytest.mark.parametrize("name", ["short", "NUMBER"])
def test_what_is_no_rule(own, name):
    with pytest.raises(UserCodeError, match=rf"own\.py:\d+: .*:{name} .*; expected an update rule: a function \(w, dw"):
        rules.get(own(name))


@pytest.mark.parametrize("name", [None, 3, ("adam",)])
def test_a_name_is_text(name):
    with pytest.raises(TypeError, match=r"^update_rule must be a name or a function \(w, dw, config\) -> ") as caught:
        rules.get(name)
    assert str(caught.value).endswith(f"; got {name!r}.")


def move(w, dw, config):
    """A rule that an installed package brings."""
    return w - dw, config


def test_rules_of_installed_packages(monkeypatch):
    asked, point = [], SimpleNamespace(value="package.rules:move")
    monkeypatch.setattr(registry.entry_points, "find", lambda *given: asked.append(given) or point)
    monkeypatch.setattr(registry.entry_points, "load", lambda given: move if given is point else None)
    assert rules.get("theirs") == Rule("move", move, {})
    assert asked == [("rules", "theirs")]
    assert rules.get("adam").name == "adam"
    assert len(asked) == 1, "ours come first"


def test_an_unknown_name_is_told_what_there_is(monkeypatch):
    monkeypatch.setattr(registry.entry_points, "find", lambda group, name: None)
    monkeypatch.setattr(registry.entry_points, "names", lambda group: ["adam", "better"])
    with pytest.raises(ValueError, match="unknown update rule") as caught:
        rules.get("bettr")
    names = ", ".join(sorted([*rules.known(), "better"]))
    assert str(caught.value) == f"unknown update rule 'bettr'. Did you mean 'better'? Known rules: {names}."


def test_a_name_is_registered_by_one_function_alone(monkeypatch):
    monkeypatch.setattr(registry, "_RULES", {})
    first = registry.add(Rule("b", move, {}))
    again = registry.add(Rule("b", move, {"rate": 1.0}))
    assert (first.settings, rules.get("b")) == ({}, again)
    registry.add(Rule("a", lambda w, dw, config: (w, config), {}))
    assert rules.known() == ["a", "b"]
    with pytest.raises(ValueError, match="an update rule named 'b' is registered already: choose another name"):
        registry.add(Rule("b", test_a_name_is_text, {}))
    assert rules.get("b") is again


@pytest.mark.parametrize(
    ("settings", "unread"),
    [([], []), (["rate", "learning_rate", "t"], []), (["rate", "zz", "beta1", "yy"], ["zz", "yy"])],
)
def test_settings_that_a_rule_of_ones_own_never_names(own, settings, unread):
    told = registry.unread(own("plain"), settings)
    assert [f"the setting {name!r}" in text for name, text in zip(unread, told, strict=True)] == [True] * len(unread)
    assert registry.unread("adam", settings) == registry.unread(None, settings) == []


def test_settings_that_are_neither_numbers_nor_truth_values():
    rule = Rule("own", move, {"names": (), "form": "text", "rate": 1.0})
    found = rules.check_settings(rule, {"names": ["a", "b"], "form": "other", "rate": "free"})
    assert found == {"names": ("a", "b"), "form": "other", "rate": "free"}
    assert rules.check_settings(rule, {"names": None})["names"] is None
