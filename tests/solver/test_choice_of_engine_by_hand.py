"""Which runs a compiled step is asked for, and with what; without compiling anything."""

from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import flat_net, quiet, softmax_data

import models
from solver import compiled

PROGRAM = SimpleNamespace(targets="targets")


@pytest.fixture
def asked(monkeypatch):
    """What models are asked for."""
    told = []

    def by_hand(self, element, limits, X, y, average):
        told.append(SimpleNamespace(element=element, limits=limits, X=X, y=y, average=average))
        return PROGRAM

    monkeypatch.setattr(models.Graph, "compiled", by_hand)
    return told


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        ({}, {}),
        ({"accumulate": 1}, {}),
        ({"accumulate": 2}, {"accumulate": 20}),
        ({"clip_norm": 1.0, "clip_value": 2.0, "max_norm": 3.0},
         {"clip_norm": 1.0, "clip_value": 2.0, "max_norm": 3.0}),
        ({"clip_value": 0.5, "average": 0.5}, {"clip_value": 0.5}),
    ],
)  # fmt: skip
def test_a_step_is_asked_for_with_the_limits_of_the_run(asked, options, limits):
    run = quiet(flat_net(), update_rule="sgd_momentum", **options).run
    found, reason = compiled.engine(run, "auto", True)
    (one,) = asked
    assert (found.run, found.program, found.element, reason) == (run, PROGRAM, one.element, None)
    assert (one.element.name, one.element.slots) == ("sgd_momentum", ("velocity",))
    assert one.limits == limits
    assert one.average is ("average" in options)
    assert one.X is run.data.X_train
    assert one.y is run.data.y_train


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8, bool])
def test_inputs_of_these_kinds_have_a_compiled_form(asked, dtype):
    data = softmax_data()
    data |= {name: (data[name] > 0).astype(dtype) for name in ("X_train", "X_val")}
    run = quiet(flat_net(), data).run
    run.data = run.data._replace(X_train=data["X_train"])
    assert compiled.engine(run, "compiled", False)[0].program is PROGRAM


@pytest.mark.parametrize("error", [ImportError, ValueError])
@pytest.mark.parametrize("asked_for", ["auto", "compiled"])
def test_what_is_missing_ends_a_run_that_asked_for_it_alone(error, asked_for, monkeypatch):
    def fails(run):
        raise error("this")

    monkeypatch.setattr(compiled, "_compiled", fails)
    run = quiet(flat_net()).run
    if asked_for == "auto":
        assert compiled.engine(run, "auto", True) == (None, "this" if error is ValueError else None)
        return
    with pytest.raises(error) as caught:
        compiled.engine(run, "compiled", False)
    text = str(caught.value)
    assert text == ("this" if error is ImportError else "engine='compiled': no compiled form for this")


@pytest.mark.parametrize(
    ("asked_for", "always", "is_long", "compiles"),
    [
        ("auto", False, True, True), ("auto", False, False, False), ("auto", True, False, True),
        ("compiled", False, False, True), ("numpy", True, True, False), ("numpy", False, True, False),
    ],
)  # fmt: skip
def test_short_runs_are_not_compiled_unless_it_is_asked_for(asked, asked_for, always, is_long, compiles, monkeypatch):
    monkeypatch.setattr(compiled, "_is_long", lambda run: is_long)
    found, reason = compiled.engine(quiet(flat_net()).run, asked_for, always)
    assert (found is not None, reason, len(asked)) == (compiles, None, int(compiles))


@pytest.mark.parametrize(
    ("rows", "sampling", "warns"), [(41, "epoch", True), (40, "epoch", False), (41, "with_replacement", False)]
)
def test_a_last_batch_of_one_row_is_said_before(asked, rows, sampling, warns, recwarn):
    data = softmax_data()
    data |= {name: data[name][:rows] for name in ("X_train", "y_train")}
    run = quiet(models.mlp([12, 7, 3], batch_norm=True, rng=1), data, sampling=sampling).run
    compiled.engine(run, "auto", True)
    assert ["one row (41 rows in batches of 20)" in str(warning.message) for warning in recwarn] == [True] * warns


@pytest.mark.parametrize(
    ("steps", "seconds", "is_long"),
    [(10**4, None, True), (10**6, None, True), (10**6, 60, True), (10**6, 3600, True), (10**6, 59, False),
     (9999, None, False), (9999, 3600, False)],
)  # fmt: skip
def test_ten_thousand_steps_are_long_and_a_minute_of_them(steps, seconds, is_long):
    run = SimpleNamespace(total_steps=steps, settings=SimpleNamespace(max_seconds=seconds))
    assert compiled._is_long(run) is is_long
