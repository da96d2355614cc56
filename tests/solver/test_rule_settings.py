"""The settings of update rules at the ends of their ranges: the last value that is taken, the first that is not."""

import math

import numpy as np
import pytest

from solver import rules

OPEN = {"learning_rate", "weight_decay", "epsilon", "momentum_decay", "adamw_scale"}
SHARES = {"momentum", "decay_rate", "beta1", "beta2"}
BELOW = -5e-324

ADAM = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "amsgrad": False}
DEFAULTS = {  # of the papers, and where these name none of torch, optax or schedulefree
    "sgd": {"learning_rate": 0.01},
    "sgd_momentum": {"learning_rate": 0.01, "momentum": 0.9},
    "nesterov": {"learning_rate": 0.01, "momentum": 0.9},
    "rmsprop": {"learning_rate": 0.01, "decay_rate": 0.99, "epsilon": 1e-8},
    "adagrad": {"learning_rate": 0.01, "epsilon": 1e-10},
    "adadelta": {"learning_rate": 1.0, "decay_rate": 0.9, "epsilon": 1e-6},
    "adam": ADAM,
    "adamw": ADAM | {"weight_decay": 0.01},
    "nadam": {"learning_rate": 0.002, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum_decay": 0.004},
    "lion": {"learning_rate": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    "muon": {
        "learning_rate": 0.02, "momentum": 0.95, "weight_decay": 0.0, "ns_steps": 5, "adamw_scale": 0.05,
        "adamw_names": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
    },
    "schedule_free_sgd": {"learning_rate": 1.0, "momentum": 0.9, "weight_decay": 0.0},
    "schedule_free_adamw": {
        "learning_rate": 0.0025, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0
    },
}  # fmt: skip


def test_the_settings_of_every_rule_when_nothing_is_said():
    assert {name: dict(rules.get(name).settings) for name in rules.known()} == DEFAULTS


def cases(names):
    return [(name, setting) for name in rules.known() for setting in rules.get(name).settings if setting in names]


@pytest.mark.parametrize(("name", "setting"), cases(OPEN))
def test_a_size_is_zero_or_more_and_finite(name, setting):
    rule = rules.get(name)
    for value in (0, 0.0, 1, 1e300):
        found = rules.check_settings(rule, {setting: value})[setting]
        assert found == value
        assert type(found) is type(rule.settings[setting])
    for value in (BELOW, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"^{setting} of {name} must be at least 0 and finite; got {value!r}.$"):
            rules.check_settings(rule, {setting: value})


@pytest.mark.parametrize(("name", "setting"), cases(SHARES))
def test_a_share_is_at_least_zero_and_below_one(name, setting):
    rule = rules.get(name)
    for value in (0.0, 0.5, np.nextafter(1.0, 0.0)):
        assert rules.check_settings(rule, {setting: value})[setting] == value
    for value in (BELOW, 1.0, 1, math.nan, -math.inf):
        message = f"^{setting} of {name} must be at least 0 and below 1; got {value!r}.$"
        with pytest.raises(ValueError, match=message):
            rules.check_settings(rule, {setting: value})


def test_steps_of_the_iteration_of_muon():
    muon = rules.get("muon")
    for value in (1, 100, np.int64(7)):
        assert rules.check_settings(muon, {"ns_steps": value})["ns_steps"] == value
    for value in (0, 101, -1):
        with pytest.raises(ValueError, match=f"ns_steps of muon must be at least 1 and at most 100; got {value}."):
            rules.check_settings(muon, {"ns_steps": value})
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=f"^ns_steps of muon must be a number; got {value}.$"):
            rules.check_settings(muon, {"ns_steps": value})


@pytest.mark.parametrize("name", [name for name in rules.known() if rules.get(name).element is not None])
def test_a_rule_is_settled_where_its_numbers_are_the_same_at_every_step(name):
    """The compiled engine then asks for them once; those of Adam follow the count of steps."""
    rule = rules.get(name)
    config = rules.check_settings(rule, {}) | dict(rule.counters)
    element = rule.element(config)
    first, second = dict(element.advance(config)), dict(element.advance(config))
    assert element.settled is (first == second)
    assert set(first) == set(element.numbers)
    assert config.get("t", 2) == 2


@pytest.mark.parametrize("name", rules.known())
def test_what_is_no_number_or_no_truth_value(name):
    rule = rules.get(name)
    for setting, default in rule.settings.items():
        if isinstance(default, bool):
            for value in (True, False):
                assert rules.check_settings(rule, {setting: value})[setting] is value
            with pytest.raises(ValueError, match=f"{setting} of {name} must be True or False; got 1."):
                rules.check_settings(rule, {setting: 1})
        elif setting in OPEN | SHARES | {"ns_steps"}:
            for value in ("0.1", True, None, [0.1, 0.2]):
                with pytest.raises(ValueError, match=f"^{setting} of {name} must be a number; got "):
                    rules.check_settings(rule, {setting: value})


@pytest.mark.parametrize("name", rules.known())
def test_a_setting_that_is_not_there(name):
    rule = rules.get(name)
    with pytest.raises(ValueError, match=rf"^{name} does not take 'learning_rat'\. Did you mean 'learning_rate'\?.*"):
        rules.check_settings(rule, {"learning_rat": 1})
    with pytest.raises(ValueError, match=rf"^{name} does not take 'zz'\. It takes: {', '.join(rule.settings)}\.$"):
        rules.check_settings(rule, {"zz": 1})
    state = dict.fromkeys(rule.slots) | dict(rule.counters)
    assert rules.check_settings(rule, state).keys() == rule.settings.keys() | state.keys()
    assert rules.check_settings(rule, {}) == {
        name: tuple(v) if isinstance(v, list) else v for name, v in rule.settings.items()
    }
