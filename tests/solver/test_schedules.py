"""Schedules: values by hand, warm-up, horizons, and that the solver applies them to the right step."""

import math

import numpy as np
import pytest
from solver_cases import flat_net, quiet, softmax_data

from solver import ReduceOnPlateau, Solver, schedules


def values(spec, total, *steps):
    schedule = schedules.make(spec, total)
    return [schedule(step) for step in steps]


BY_HAND = [
    ("constant", 10, {0: 1, 99: 1}),
    ({"name": "exponential", "rate": 0.5, "every": 2}, 10, {0: 1, 1: math.sqrt(0.5), 2: 0.5, 6: 0.125}),
    ({"name": "inverse_scaling", "power": 0.5}, 10, {0: 1, 3: 0.5, 99: 0.1}),
    ({"name": "inverse_time", "rate": 0.5}, 10, {0: 1, 2: 0.5, 6: 0.25}),
    ({"name": "steps", "boundaries": [3, 5], "factor": 0.1}, 10, {2: 1, 3: 0.1, 4: 0.1, 5: 0.01, 99: 0.01}),
    ("steps", 100, {49: 1, 50: 0.1, 75: 0.01}),
    ("linear", 10, {0: 1, 5: 0.5, 10: 0, 50: 0}),
    ({"name": "linear", "end": 0.2}, 10, {5: 0.6, 10: 0.2, 11: 0.2}),
    ({"name": "polynomial", "power": 2, "end": 0.0}, 10, {0: 1, 5: 0.25, 10: 0}),
    ({"name": "polynomial", "power": 3, "end": 0.5}, 10, {0: 1, 5: 0.5625, 10: 0.5, 12: 0.5}),
    ("polynomial", 10, {0: 1, 5: 0.25, 8: 0.04, 10: 0, 12: 0}),
    ("exponential", 10, {0: 1, 1: 0.95, 2: 0.9025}),
    ("inverse_scaling", 10, {0: 1, 3: 0.5}),
    ("inverse_time", 10, {0: 1, 10_000: 0.5, 30_000: 0.25}),
    ("steps", 3, {0: 1, 1: 0.1, 2: 0.01}),
    ({"name": "steps", "boundaries": [5, 3]}, 10, {2: 1, 3: 0.1, 5: 0.01}),
    ("one_cycle", 100, {0: 0.04, 15: 0.52, 30: 1, 65: 0.500002, 100: 4e-6, 120: 4e-6}),
    ({"name": "one_cycle", "peak": 1.0}, 10, {0: 0.04, 5: 0.52, 10: 1, 11: 4e-6}),
    ({"name": "one_cycle", "peak": 0.0, "end": 0.5}, 10, {5: 0.75, 10: 0.5}),
    ({"name": "one_cycle", "peak": 0.95}, 10, {10: 4e-6}),
    ("trapezoid", 100, {0: 0.1, 4: 0.5, 9: 1, 80: 1, 90: 0.5, 100: 0, 120: 0}),
    ({"name": "trapezoid", "rise": 0.0, "fall": 0.5, "end": 0.5}, 10, {0: 1, 5: 1, 6: 0.9, 10: 0.5, 12: 0.5}),
    ({"name": "trapezoid", "fall": 0.0}, 10, {0: 1, 10: 1}),
    ({"name": "cosine", "restarts": 2, "stretch": 2.0, "end": 0.5}, 70, {5: 0.75, 10: 1, 20: 0.75, 30: 1, 70: 0.5}),
    ({"name": "linear", "warmup": 0.999}, 10, {0: 0.1, 9: 1, 10: 1, 11: 0}),
    ({"name": "linear", "warmup": 1.0}, 5, {0: 1, 1: 1, 3: 0.5, 5: 0}),
    ({"name": "linear", "warmup": 9}, 4, {0: 1 / 9, 8: 1, 9: 1, 10: 0}),
    ({"name": "linear", "total": 4}, 10, {0: 1, 2: 0.5, 4: 0}),
    ("cosine", 10, {0: 1, 5: 0.5, 10: 0, 12: 0}),
    ({"name": "cosine", "end": 0.1}, 10, {0: 1, 5: 0.55, 10: 0.1}),
    ({"name": "cosine", "restarts": 1}, 20, {0: 1, 5: 0.5, 10: 1, 15: 0.5, 20: 0}),
    ({"name": "cosine", "restarts": 1, "stretch": 3.0}, 40, {0: 1, 5: 0.5, 10: 1, 25: 0.5, 40: 0}),
    ({"name": "one_cycle", "peak": 0.5, "start": 0.2, "end": 0.0}, 20, {0: 0.2, 5: 0.6, 10: 1, 15: 0.5, 20: 0}),
    ({"name": "trapezoid", "rise": 0.2, "fall": 0.5}, 20, {0: 0.25, 3: 1, 10: 1, 15: 0.5, 20: 0}),
    ({"name": "linear", "warmup": 4}, 14, {0: 0.25, 3: 1, 4: 1, 9: 0.5, 14: 0}),
    ({"name": "constant", "warmup": 0.1}, 100, {0: 0.1, 9: 1, 50: 1}),
]


@pytest.mark.parametrize(("spec", "total", "by_hand"), BY_HAND)
def test_values_by_hand(spec, total, by_hand):
    np.testing.assert_allclose(values(spec, total, *by_hand), list(by_hand.values()), atol=1e-12)


def test_every_schedule_has_values_by_hand():
    assert {spec if isinstance(spec, str) else spec["name"] for spec, *_ in BY_HAND} == set(schedules.SCHEDULES)


def test_cosine_is_torchs():
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs, rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 50, 0.1), []
    for _ in range(50):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()
    np.testing.assert_allclose(values({"name": "cosine", "end": 0.1}, 50, *range(50)), rates, atol=1e-12)


def learning_rates(**settings):
    """The learning rate of each step."""
    seen = []

    class Watch:
        def on_step(self, solver, logs):
            seen.append(solver.learning_rate)

    quiet(flat_net(), num_epochs=2, callbacks=[Watch(), *settings.pop("callbacks", [])], **settings).train()
    return seen


def test_a_function_of_the_step():
    rates = learning_rates(lr_schedule=lambda step: 1 / (step + 1), optim_config={"learning_rate": 0.6})
    np.testing.assert_allclose(rates, [0.6 / (k + 1) for k in range(12)])


def test_exponential_by_name_decays_per_epoch():
    rates = learning_rates(lr_schedule="exponential", optim_config={"learning_rate": 1.0})
    np.testing.assert_allclose(rates, [0.95 ** (k / 6) for k in range(12)], rtol=1e-12)
    by_step = learning_rates(lr_schedule={"name": "exponential", "every": 1}, optim_config={"learning_rate": 1.0})
    np.testing.assert_allclose(by_step, [0.95**k for k in range(12)], rtol=1e-12)
    for every in (0, -1):
        with pytest.raises(ValueError, match=rf"every must be a positive number of steps; got {every}\."):
            schedules.exponential(every=every)


def test_schedule_and_decay_multiply():
    rates = learning_rates(lr_schedule="linear", lr_decay=0.5, optim_config={"learning_rate": 1.0})
    np.testing.assert_allclose(rates, [(1 - k / 12) * (0.5 if k >= 6 else 1) for k in range(12)])


def test_a_schedule_of_the_momentum():
    config = {"learning_rate": 0.1, "momentum": 0.8}
    solver = quiet(flat_net(), update_rule="sgd_momentum", optim_config=config, schedules={"momentum": "linear"})
    solver.train()
    assert np.isclose(solver.optim_configs["W1"]["momentum"], 0.8 / 30)
    assert solver.learning_rate == 0.1


def test_a_schedule_keeps_its_horizon_when_a_run_is_prolonged(tmp_path):
    quiet(flat_net(), lr_schedule="linear", num_epochs=2).train().save(tmp_path / "run.npz")
    longer = Solver.load(tmp_path / "run.npz", flat_net(), softmax_data(), num_epochs=4)
    with pytest.warns(UserWarning, match=r"laid out for 12 steps and keeps its last value up to step 24\. Pass"):
        longer.train()
    assert longer.learning_rate == 0
    anew = Solver.load(tmp_path / "run.npz", flat_net(), softmax_data(), num_epochs=4, lr_schedule="linear").train()
    assert np.isclose(anew.learning_rate, 0.01 / 24)


def test_reduce_on_plateau():
    reduce = ReduceOnPlateau(factor=0.5, patience=2, min_delta=1e9, lowest=0.2)
    rates = learning_rates(callbacks=[reduce], eval_every=1, optim_config={"learning_rate": 1.0})
    # the first evaluation is the best for ever; the 2nd and 3rd fail, and so on; 0.2 is the floor
    assert rates == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]


@pytest.mark.parametrize("settings", [{"factor": 1.0}, {"factor": 0}, {"patience": 0}])
def test_reduce_on_plateau_checks_its_settings(settings):
    with pytest.raises(ValueError, match="must be"):
        ReduceOnPlateau(**settings)


def test_an_unknown_thing_to_monitor():
    with pytest.raises(ValueError, match=r"nothing called 'val_los' to monitor\. There is: step, epoch"):
        learning_rates(callbacks=[ReduceOnPlateau(monitor="val_los")])


def test_schedules_called_by_themselves():
    """Without a run to be laid out over, they are over after one step; `every` is then a step."""
    for name in ("linear", "polynomial", "cosine"):
        assert [schedules.SCHEDULES[name]()(step) for step in (0, 1, 2)] == pytest.approx([1, 0, 0])
    assert [schedules.one_cycle()(step) for step in (0, 1, 2)] == pytest.approx([0.04, 4e-6, 4e-6])
    assert [schedules.trapezoid()(step) for step in (0, 1)] == pytest.approx([1, 0])
    assert [schedules.steps()(step) for step in (0, 1)] == pytest.approx([0.01, 0.01])
    assert [schedules.exponential()(step) for step in (0, 1, 2)] == pytest.approx([1, 0.95, 0.9025])


@pytest.mark.parametrize(
    ("spec", "laid_out"),
    [("linear", True), ("cosine", True), ("one_cycle", True), ("steps", True), ("constant", False), (None, False),
     ("exponential", False), ({"name": "linear", "end": 0.1}, True), ({"name": "linear", "total": 5}, False),
     ({"name": "inverse_time"}, False), ({}, False), (lambda step: 1.0, False), ("liner", False)],
)  # fmt: skip
def test_what_is_laid_out_over_the_run(spec, laid_out):
    assert schedules.has_horizon(spec) == laid_out


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("liner", ValueError, "unknown schedule 'liner'. Did you mean 'linear'? Known: constant, exponential, "),
        ({"end": 0.1}, ValueError, "unknown schedule None. Known: constant"),
        ({"name": "linear", "end": "0.1"}, TypeError, "end of schedule 'linear' must be a number; got '0.1'."),
        ({"name": "linear", "warmup": None}, TypeError, "warmup of schedule 'linear' must be a number; got None."),
        ({"name": "linear", "ned": 1}, ValueError, "does not take 'ned'. Did you mean 'end'? It takes: warmup"),
        ({"name": "constant", "zz": 1}, ValueError, "schedule 'constant' does not take 'zz'. It takes: warmup."),
    ],
)
def test_a_schedule_that_there_is_not(spec, error, message):
    with pytest.raises(error) as raw:
        schedules.make(spec, 10)
    assert message in str(raw.value)


@pytest.mark.parametrize("name", ["beta1", "learning_rate", "momentum"])
def test_a_setting_has_a_schedule_or_none_is_given_for_it(name):
    schedules.require_spec("lr_schedule", None)
    for spec in ("linear", {"name": "linear"}, abs):
        schedules.require_spec(name, spec)
    with pytest.raises(TypeError) as caught:
        schedules.require_spec(name, None)
    assert str(caught.value) == (
        f"the schedule of {name!r} must be a name, {{'name': ..., settings}} or a function step -> factor; got None. A"
        f" constant goes in optim_config={{{name!r}: ...}}."
    )
    with pytest.raises(
        TypeError, match=r"^lr_schedule must be a name, .* got 0\.1\. A constant goes in .*'learning_rate'"
    ):
        schedules.require_spec("lr_schedule", 0.1)
