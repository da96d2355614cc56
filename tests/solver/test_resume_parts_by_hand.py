"""What a resumed run takes from its file, what may not differ, and where its warnings point."""

import math
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, complaint, flat_net, quiet, softmax_data

from solver import CheckpointError, Solver, rules
from solver.checkpoint import resume
from solver.checkpoint.file import Checkpoint
from solver.checkpoint.snapshot import snapshot
from solver.update import WHOLE


def saved(meta, **arrays):
    return Checkpoint(Path("run.npz"), arrays, meta)


SUMS = ["120x12 f8 sha 0123456789abcdef", "120x12 f8 sha fedcba9876543210"]


@pytest.mark.parametrize(("then", "now"), [SUMS, SUMS[::-1]])
@pytest.mark.parametrize(("key", "what"), [("X_train", "training"), ("sample_weight", "training"), ("y_val", "valid")])
def test_data_that_differ(key, what, then, now):
    same = {"X_val": SUMS[0]}
    text = complaint(CheckpointError, resume._refuse_data, saved({"data": {**same, key: then}}), {**same, key: now})
    assert text.startswith(f"{what}")
    assert f" data differs from the checkpoint's ({key} {then[:22]}…; now {now[:22]}…). Pass allow_new" in text
    gone = complaint(CheckpointError, resume._refuse_data, saved({"data": {**same, key: then}}), same)
    assert f"({key} {then[:22]}…; now none)" in gone


def environments(monkeypatch, then, now):
    monkeypatch.setattr(resume, "environment", lambda: now)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        resume._warn_environment(saved({"environment": then}))
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("key", ["numpy", "blas", "blas_version", "blas_kernel", "threads", "cpu"])
def test_what_the_bits_depend_on(monkeypatch, key):
    here = dict.fromkeys(resume.BITS, "5")
    for other in ("4", "6"):
        assert environments(monkeypatch, {**here, key: other}, here) == [
            f"run.npz was written with {key} {other} (now 5): resume is exact only with the same BLAS and thread count."
        ]
    assert environments(monkeypatch, {**here, "system": "a"}, {**here, "system": "b"}) == []
    older = {name: "5" for name in here if name != key}  # which does not name it
    assert environments(monkeypatch, older, here) == []


def test_warnings_point_to_the_line_of_the_caller(tmp_path, monkeypatch):
    quiet(flat_net(), lr_schedule="cosine", num_epochs=2).train().save(tmp_path / "run.npz")
    now = resume.environment() | {"threads": 64}
    monkeypatch.setattr(resume, "environment", lambda: now)
    with pytest.warns(UserWarning, match="resume is exact only") as first:
        run = Solver.load(tmp_path / "run.npz", flat_net(), softmax_data(), num_epochs=3)
    with pytest.warns(UserWarning, match="laid out for 12 steps and keeps its last value up to step 18") as second:
        run.train()
    done = quiet(flat_net(), num_epochs=1).train()
    with pytest.warns(UserWarning, match="made no step: all 1 epochs are done") as third:
        done.train()
    assert {one.filename for said in (first, second, third) for one in said} == {__file__}


def test_what_makes_it_another_run_may_be_named_again_but_not_changed(tmp_path):
    settings = {"batch_size": 20, "sampling": "epoch", "seed": 3, "accumulate": 2, "average": 0.5,
                "class_weight": {0: 2.0, 1: 1.0}}  # fmt: skip
    quiet(flat_net(), **settings).train().save(tmp_path / "run.npz")
    load = lambda **given: Solver.load(tmp_path / "run.npz", flat_net(), softmax_data(), **given)  # noqa: E731
    assert load(**settings).settings.class_weight == {0: 2.0, 1: 1.0}
    others = {"batch_size": (10, 40), "sampling": ("with_replacement", "without_replacement"), "seed": (2, 4),
              "accumulate": (1, 3), "average": (0.4, 0.6), "class_weight": (None, {0: 3.0, 1: 1.0})}  # fmt: skip
    for name, values in others.items():
        for value in values:
            text = complaint(ValueError, load, **{name: value})
            assert text == f"{name} cannot change on resume: run.npz was saved with {settings[name]!r}, got {value!r}."


def test_a_kept_checkpoint_goes_on_in_its_own_file(tmp_path):
    first = quiet(flat_net(), num_epochs=1, checkpoint_name=tmp_path / "a", log=tmp_path / "h.csv").train()
    first.save(tmp_path / "b.npz", metadata={"more": 1})
    again = Solver.load(tmp_path / "b.npz", flat_net(), softmax_data())
    assert again.checkpoint_path == tmp_path / "b.npz"
    assert again.settings.metadata == {"more": 1}
    assert [path.name for path in again.history.files] == ["h.csv"]
    quiet(flat_net(), num_epochs=1).train().save(tmp_path / "c.npz")
    assert Solver.load(tmp_path / "c.npz", flat_net(), softmax_data()).settings.checkpoint_name is None


def test_rules_are_compared_by_name():
    def mine(w, dw, config):
        return w, config

    check = resume._check_rule
    for now in ("sgd", lambda w: w):
        assert f"saved with 'adam', got {now!r}" in complaint(ValueError, check, "run.npz", "adam", now)
    check("run.npz", "adam", "adam")
    check("run.npz", "mine", mine)  # registered under its name
    check("run.npz", {"function": "mine"}, mine)
    for now in ("mine", "sgd", lambda w: w, quiet):
        text = complaint(CheckpointError, check, "run.npz", {"function": "mine"}, now)
        assert text.endswith("'mine', a function, which a file cannot hold: pass update_rule=mine")


@pytest.mark.parametrize("before", ["4" * 64, "6" * 64, "5" * 64])
@pytest.mark.parametrize("spec", ["a.py:f", {"name": "a.py:f", "every": 3}])
def test_code_that_has_changed(monkeypatch, spec, before):
    monkeypatch.setattr(resume, "is_reference", lambda text: text == "a.py:f")
    monkeypatch.setattr(resume, "source", lambda reference: SimpleNamespace(sha256="5" * 64))
    given = ("run.npz", "gather", spec, "")
    for saved_one in (None, "cosine", {"function": "f"}):
        resume._check_given(*given, saved_one)
    if before[0] == "5":
        resume._check_given(*given, {"source": before})
    else:
        assert complaint(CheckpointError, resume._check_given, *given, {"source": before}) == (
            f"a.py:f has changed since run.npz was written: its source was {before[:8]}…, and is 55555555… now."
            " Put it back, or start another run."
        )
    resume._check_given("run.npz", "gather", "cosine", "", {"source": before})


def test_the_settings_of_a_rule_are_its_base_values():
    rule = {"base": {"learning_rate": 0.5}, "numbers": {"W": {"learning_rate": 0.1, "t": 3}, "b": {"t": 4}}}
    assert resume._rule_settings(saved({"rule": rule})) == {"learning_rate": 0.5, "t": 3}


def test_a_file_of_weights_alone_is_nothing_to_resume():
    text = complaint(CheckpointError, resume.restore, None, saved({"format": 1}), False, {})
    assert text == "run.npz holds weights alone, as `layergraph import` writes: nothing to resume."
    assert complaint(CheckpointError, resume.options, saved({}), {}) == (
        "run.npz lacks 'settings': it does not fit this model or program."
    )


def state_of(run):
    counted = {key: run.updater.configs[key].get("t") for key in run.updater.configs}
    return (run.step, run.epoch, run.seconds_train, run.seconds_eval, run.stopped_reason, run.gradient.norm,
            run.update_ratio, run.best.state(), run.horizon, counted, run.sampler.state())  # fmt: skip


@pytest.mark.parametrize("average", [None, 0.5])
@pytest.mark.parametrize("step", [7, 12])
def test_a_run_stands_where_it_stood(tmp_path, average, step):
    settings = {"update_rule": "adam", "lr_schedule": "cosine", "sampling": "epoch", "average": average}
    kept = {}

    class Keep:
        def on_step(self, solver, logs):
            if solver.step == step:
                kept["state"] = state_of(solver.run)

    quiet(flat_net(), callbacks=[SaveAt(tmp_path, [step]), Keep()], **settings).train()
    load = lambda **given: Solver.load(tmp_path / f"{step}.npz", flat_net(), softmax_data(), **given)  # noqa: E731
    assert state_of(load().run) == kept["state"]
    assert load(num_epochs=10).run.horizon == 30
    assert load(num_epochs=10, lr_schedule="linear").run.horizon == 60  # laid out anew
    assert load(num_epochs=10, schedules={"beta1": "linear"}).run.horizon == 60
    average_count = 0 if average is None else load().run.average.count
    assert average_count == (step if average else 0)


def test_other_data_begin_with_whole_epochs(tmp_path):
    quiet(flat_net(), num_epochs=3, callbacks=[SaveAt(tmp_path, [14])]).train()
    data = softmax_data()
    fewer = {**data, "X_train": data["X_train"][:60], "y_train": data["y_train"][:60]}
    run = Solver.load(tmp_path / "14.npz", flat_net(), fewer, allow_new_data=True)
    assert (run.step, run.epoch, run.steps_per_epoch) == (14, 4, 3)


@pytest.mark.parametrize(
    ("schedule", "epochs", "share", "horizon"),
    [("cosine", 2, 0.5, 16), ("cosine", 2, 2, 62), ("cosine", 0, 2, 48), (None, 2, 2, None), (None, 2, 0.5, None)],
)
def test_a_schedule_stretches_over_other_data(schedule, epochs, share, horizon):
    """It was laid out for 31 steps; where none was made, it is that of the new run: 4 epochs of 12 steps."""
    data = softmax_data()
    first = quiet(flat_net(), data, lr_schedule=schedule, sampling="epoch", num_epochs=epochs)
    first.run.lay_out(31)
    if epochs:
        first.train()
    rows = np.resize(np.arange(120), int(share * 120))
    others = {**data, "X_train": data["X_train"][rows], "y_train": data["y_train"][rows]}
    second = quiet(flat_net(), others, lr_schedule=schedule, sampling="epoch", num_epochs=4)
    order = second.run.sampler.state()
    resume.restore_on_other_data(second.run, resume.parts(first.run))
    assert second.run.horizon == horizon
    assert (second.step, second.run.sampler.state()) == (epochs * second.steps_per_epoch, order)
    before, now = first.history.rows, second.history.rows
    assert now == [*before[:-1], *({**row, "step": second.step} for row in before[-1:])]
    lost = max(12 - second.step, 0)
    assert [loss for loss in second.loss_history if not math.isnan(loss)] == first.loss_history[lost:]
    assert len(second.loss_history) == second.step


def test_a_twin_stands_where_the_run_stands():
    first = quiet(flat_net(), sampling="epoch", lr_schedule="cosine", num_epochs=2)
    first.run.lay_out(30)
    first.train()
    second = quiet(flat_net(), sampling="epoch", lr_schedule="cosine", num_epochs=2)
    resume.restore_twin(second.run, resume.parts(first.run))
    assert second.run.horizon == 30
    assert second.run.sampler.state() == first.run.sampler.state()
    plain = quiet(flat_net(), num_epochs=2)
    resume.restore_twin(plain.run, resume.parts(quiet(flat_net(), num_epochs=2).train().run))
    assert (plain.run.horizon, plain.step) == (None, 12)


@pytest.mark.parametrize(
    ("settings", "rule", "point", "count"),
    [
        ({"update_rule": "adam"}, "adam", None, 0),
        ({"update_rule": rules.get("adam").function, "average": 0.5}, "adam", "average", 6),
        ({"update_rule": "schedule_free_sgd"}, "schedule_free_sgd", "x", 0),
        ({"update_rule": lambda w, dw, config: (w, config)}, {"function": "<lambda>"}, None, 0),
    ],
)
def test_what_a_run_leaves(settings, rule, point, count):
    run = quiet(flat_net(), num_epochs=1, metadata={"note": 1, "both": 1}, **settings)
    before = snapshot(run.run)[1]
    assert (before["evaluates_at"], before["average"], before["resting"]) == (None, 0, False)
    run.train()
    arrays, meta = snapshot(run.run, {"both": 2})
    assert meta["metadata"] == {"note": 1, "both": 2}
    assert (meta["settings"]["update_rule"], meta["evaluates_at"], meta["average"]) == (rule, point, count)
    assert ("avg/W1" in arrays, meta["resting"]) == (count > 0, True)
    assert (meta["counters"], meta["model"]["class"]) == ({"step": 6, "epoch": 1}, "Graph")
    assert arrays["hist/loss"].tolist() == run.loss_history


def test_lists_of_a_rule_are_tuples_and_a_unit_that_is_missing_has_the_numbers_of_the_others():
    names = ["W", "b"]
    configs = {"W": {}, "b": {}}
    run = SimpleNamespace(updater=SimpleNamespace(configs=configs, base=None), parameters=SimpleNamespace(names=names))
    rule = {"base": {"learning_rate": 0.5}, "numbers": {"W": {"t": 3, "adamw_names": ["a", "b"]}}}
    resume._restore_rule(run, saved({"rule": rule}, **{"opt/W/m": 1, "opt/b/m": 2}))
    numbers = {"t": 3, "adamw_names": ("a", "b")}
    assert configs == {"W": {**numbers, "m": 1}, "b": {**numbers, "m": 2}}
    assert run.updater.base == {"learning_rate": 0.5}


def test_the_state_of_all_parameters_is_put_together_from_its_pieces():
    parameters = SimpleNamespace(names=["W"], join=lambda pieces: [pieces["W"]])
    updater = SimpleNamespace(configs={WHOLE: {}}, base=None)
    rule = {"base": {}, "numbers": {"W": {"t": 3}}}
    resume._restore_rule(
        SimpleNamespace(updater=updater, parameters=parameters), saved({"rule": rule}, **{"opt/W/m": 1, "opt/W/v": 2})
    )
    assert updater.configs == {WHOLE: {"t": 3, "m": [1], "v": [2]}}


def test_an_average_that_has_not_begun(tmp_path):
    quiet(flat_net(), average=0.5).save(tmp_path / "run.npz")
    assert Solver.load(tmp_path / "run.npz", flat_net(), softmax_data()).run.average.count == 0


def test_a_twin_writes_neither_log_nor_checkpoint(tmp_path):
    run = quiet(CourseNet(), log=tmp_path / "h.csv", checkpoint_name=tmp_path / "a.npz")
    parts = resume.parts(run.run)
    assert (parts.settings["log"], parts.settings["checkpoint_name"]) == (None, None)
    assert not np.shares_memory(parts.arrays["param/W1"], run.model.params["W1"])
    parts.arrays["param/W1"].flags.writeable = False  # as joblib maps it from a file
    assert resume._writable(parts)["param/W1"].flags.writeable
    assert math.isinf(parts.meta["best"]["score"])
