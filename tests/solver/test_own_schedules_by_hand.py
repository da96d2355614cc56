"""Schedules from a user's own file: what of a function is the step, what are settings, and what is no factor."""

import inspect

import numpy as np
import pytest

from base.user_code import UserCodeError
from solver import schedules

TEXT = '''
def shrink(step, rate=0.5, every=1):
    """A function of the step, and of settings."""
    return rate ** (step // every)


def ramp(total, floor=0.0):
    """Made from settings."""
    return lambda step: floor + (1 - floor) * step / total


def paced(every):
    return lambda step: step / every


def plain():
    return lambda step: 0.25


def single(step):
    return 0.75


NUMBER = 3
'''


@pytest.fixture
def own(tmp_path):
    """What names a thing in a file that holds TEXT."""
    (tmp_path / "own.py").write_text(TEXT)
    return lambda name: f"{tmp_path / 'own.py'}:{name}"


@pytest.mark.parametrize(
    ("name", "settings", "factors"),  # total and every need no default: they are filled in
    [
        ("shrink", {}, {0: 1.0, 3: 1.0, 4: 0.5, 8: 0.25}),  # `every` is an epoch, of four steps
        ("shrink", {"every": 1}, {0: 1.0, 3: 0.125}),
        ("shrink", {"rate": 0.25, "warmup": 2}, {0: 0.5, 1: 1.0, 2: 1.0, 6: 0.25}),
        ("ramp", {}, {0: 0.0, 5: 0.5, 10: 1.0}),
        ("ramp", {"floor": 0.5}, {0: 0.5, 5: 0.75}),
        ("ramp", {"total": 20}, {5: 0.25}),
        ("ramp", {"warmup": 0.5}, {4: 1.0, 5: 0.0, 6: 0.2}),
        ("paced", {}, {2: 0.5, 4: 1.0}),
        ("plain", {}, {0: 0.25, 9: 0.25}),
        ("single", {}, {0: 0.75, 9: 0.75}),
    ],
)
def test_factors_of_schedules_of_ones_own(own, name, settings, factors):
    schedule = schedules.make({"name": own(name), **settings}, 10, 4)
    assert {step: schedule(step) for step in factors} == pytest.approx(factors)


@pytest.mark.parametrize(
    ("name", "settings", "laid_out"),
    [("shrink", {}, False), ("ramp", {}, True), ("ramp", {"total": 3}, False), ("paced", {}, False)],
)
def test_which_of_them_are_laid_out_over_the_run(own, name, settings, laid_out):
    assert schedules.has_horizon({"name": own(name), **settings}) is laid_out
    assert settings or schedules.has_horizon(own(name)) is laid_out


@pytest.mark.parametrize(
    ("name", "takes"),
    [("shrink", ["rate", "every"]), ("ramp", ["total", "floor"]), ("single", []), ("plain", [])],
)
def test_their_settings_are_all_arguments_but_the_step(own, name, takes):
    assert list(inspect.signature(schedules._factory(own(name))).parameters) == takes
    with pytest.raises(ValueError, match=r"does not take 'zz'\.") as caught:
        schedules.make({"name": own(name), "zz": 1}, 10)
    assert str(caught.value).endswith(f" It takes: {', '.join(['warmup', *takes])}.")


def test_what_is_no_function_is_no_schedule(own):
    with pytest.raises(UserCodeError, match="NUMBER"):
        schedules.make(own("NUMBER"), 10)


class NoSignature:
    __signature__ = "none"

    def __call__(self, step):
        return 1.0


@pytest.mark.parametrize(
    ("function", "takes"),
    [
        (lambda step: 1.0, True), (lambda k, rate=1.0: 1.0, True), (lambda step=0: 1.0, False), (lambda: 1.0, False),
        (lambda total: 1.0, False), (lambda every, step: 1.0, False), (lambda step, total: 1.0, True), (dict.get, True),
        (max, True), (NoSignature(), True),
    ],
)  # fmt: skip
def test_which_functions_take_the_step(function, takes):
    assert schedules._takes_step(function) is takes


@pytest.mark.parametrize("good", [1, 0.5, np.float32(0.5), np.int64(1)])
@pytest.mark.parametrize("bad", [True, "1", None, [1.0], np.ones(1), lambda step: 1.0])
def test_a_factor_is_a_number(own, good, bad):
    schedules._check_own(own("plain"), lambda step: good)
    schedules._check_own(own("plain"), good)
    for schedule in (bad, lambda step: bad):
        if not callable(bad) or schedule is not bad:
            with pytest.raises(UserCodeError, match=r"own\.py:\d+: .*plain gives .* for step 0; expected a schedule"):
                schedules._check_own(own("plain"), schedule)


@pytest.mark.parametrize("name", [None, 3, "liner", ("linear",)])
def test_what_is_no_name_of_a_schedule(name):
    assert schedules._factory(name) is None
