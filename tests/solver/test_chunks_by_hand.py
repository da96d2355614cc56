"""Chunks of compiled steps with a program by hand in place of the compiled one: what it is handed, and who counts."""

import types

import numpy as np
import pytest
from solver_cases import flat_net, quiet

from solver import compiled as engine
from solver.rules.elementwise import FLUSH_EVERY

ALL = 10**6
STEPS_PER_EPOCH = 6  # 120 rows by 20


class Program:
    """Doubles the weights, leaves a gradient of norm 5, and says it has done `done` steps (None: all)."""

    targets = np.arange(120)

    def __init__(self, run, columns=("learning_rate",), done=None):
        self.w, self.columns, self.done, self.calls, self.largest = run.parameters.vector, columns, done, [], None

    def measure(self, X):
        self.largest = X.max()

    def run(self, arrays, slots, out):
        self.calls.append(types.SimpleNamespace(**arrays, slots=slots))
        arrays["losses"][:] = 10.0 + np.arange(len(arrays["losses"]))
        self.w *= 2
        out.flat[:] = 0
        out.flat[:2] = 3, 4
        return len(arrays["losses"]) if self.done is None else self.done


def chunks(columns=("learning_rate",), done=None, net=None, **options):
    """(run, the engine, its program), whose steps take no time."""
    run = quiet(flat_net(**(net or {})), **options).run
    program = Program(run, columns, done)
    compiled = engine.Compiled(run, program, run.updater.rule.element(run.updater.configs["*"]))
    compiled._seconds = 1e-9
    return run, compiled, program


def after(draws, **options):
    """The batch, the sampler's state and the stream of a run whose sampler has drawn so many times."""
    run = quiet(flat_net(), **options).run
    mask = [run.sampler.draw() for _ in range(draws)][-1]
    return run.data.X_train[mask], run.sampler.state(), run.streams.state()["batches"]


@pytest.mark.parametrize("sampling", ["with_replacement", "without_replacement", "epoch"])
@pytest.mark.parametrize(
    ("done", "complete", "asked"),
    [(0, 0, 0), (2, 2, 0), (6, 6, 0), (-1, 0, 1), (-3, 2, 1), (-7, 6, 1)],  # below 0: a label was none
)
def test_a_chunk_that_ends_early_leaves_all_as_single_steps_would(done, complete, asked, sampling):
    options = {"update_rule": "sgd_momentum", "average": "polyak", "sampling": sampling}
    run, compiled, _ = chunks(("learning_rate", "rate"), done, **options)
    run.step, computed = 3, []
    run.gradient.compute = lambda X, y: computed.append((X.copy(), y.copy()))
    losses, failed = compiled.chunk(7)
    assert failed is True
    assert losses.tolist() == [10.0 + k for k in range(complete + 1)]
    X, sampler, stream = after(complete + 1, sampling=sampling)
    assert run.batch[0].tolist() == X.tolist()
    assert (run.sampler.state(), run.streams.state()["batches"]) == (sampler, stream)
    assert (run.updater.configs["*"]["t"], run.average.count) == (complete, complete)
    assert len(computed) == asked
    assert all(x.tolist() == X.tolist() for x, _ in computed)


def test_a_whole_chunk_is_handed_its_rows_and_counts_its_steps():
    run, compiled, program = chunks(("flush",), update_rule="sgd_momentum", net={"dropout": 0.1})
    losses, failed = compiled.chunk(7)
    assert (losses.tolist(), failed) == ([10.0, 11, 12, 13, 14, 15, 16], False)
    (call,) = program.calls
    X, sampler, stream = after(7)
    assert run.data.X_train[call.rows[120:]].tolist() == X.tolist()
    assert (run.sampler.state(), run.streams.state()["batches"]) == (sampler, stream)
    assert call.starts.tolist() == [0, 20, 40, 60, 80, 100, 120, 140]
    assert call.X.shape == (120, 12)
    assert call.y is program.targets
    assert call.noise is run.streams.noise
    assert list(call.slots) == ["velocity"]
    assert call.slots["velocity"] is run.updater.configs["*"]["velocity"]
    assert call.average is None
    assert run.updater.configs["*"]["t"] == 7
    assert 1e-9 < compiled._seconds < 0.01  # measured anew, of one step


def test_what_a_run_has_not_is_not_handed_over():
    run, compiled, program = chunks((), average=0.5)
    compiled.chunk(3)
    (call,) = program.calls
    assert (call.noise, call.slots) == (0, {})
    assert call.numbers.tolist() == [[0], [0], [0]], "no number differs: a column that nobody reads"
    assert call.average is run.average.vector


@pytest.mark.parametrize("columns", [(), ("learning_rate",), ("learning_rate", "momentum")])
def test_it_is_compiled_with_no_step_at_all(columns):
    run, compiled, program = chunks(columns, update_rule="sgd_momentum")
    state, w = run.streams.state(), run.parameters.vector.copy()
    compiled.compile()
    (call,) = program.calls
    assert (call.rows.tolist(), call.starts.tolist(), call.losses.tolist()) == ([], [0, 0], [])
    assert (call.numbers.ndim, call.numbers.shape[1] if columns else 1) == (2, len(columns) or 1)
    assert program.largest == run.data.X_train.max()
    assert call.slots["velocity"].tolist() == [0.0] * w.size
    assert (run.streams.state(), run.updater.configs["*"]["t"]) == (state, 0)


@pytest.mark.parametrize(
    ("most", "batch_size", "seconds", "steps"),
    [
        (7, 20, 1e-9, 7), (ALL, 100, 1e-9, 4096), (ALL, 512, 1e-9, 2048), (ALL, 20, 0.01, 20), (ALL, 20, 0.15, 1),
        (ALL, 20, 7.0, 1), (0, 20, 1e-9, 1),
    ],
)  # fmt: skip
def test_how_many_steps_a_chunk_takes(most, batch_size, seconds, steps):
    _, compiled, program = chunks(batch_size=batch_size)
    compiled._seconds = seconds
    assert len(compiled.chunk(most)[0]) == len(program.calls[0].losses) == steps


def test_the_time_of_a_step_is_measured_anew(monkeypatch):
    """A clock that goes by 14 seconds each time that it is looked at."""
    now = iter(range(0, 1000, 14))
    _, compiled, _ = chunks()
    monkeypatch.setattr(engine.time, "perf_counter", lambda: float(next(now)))
    compiled.chunk(7)
    assert compiled._seconds == 2.0


def test_the_first_chunk_takes_a_step_for_a_hundredth_of_a_second():
    run = quiet(flat_net()).run
    compiled = engine.Compiled(run, Program(run), run.updater.rule.element(run.updater.configs["*"]))
    assert len(compiled.chunk(ALL)[0]) == 20


def test_steps_up_to_an_evaluation_are_taken_at_once_but_for_the_last_which_is_watched():
    run, compiled, program = chunks()
    assert compiled.advance(4) == 13.0
    assert (run.step, run.history.loss, run.update_ratio) == (4, [10.0, 11, 12, 13], {})
    assert run.batch[0].tolist() == after(4)[0].tolist()
    assert compiled.advance(STEPS_PER_EPOCH) == 10.0
    assert (run.step, run.gradient.norm, run.update_ratio) == (5, 0.0, {})
    assert compiled.advance(STEPS_PER_EPOCH) == 10.0
    assert (run.step, run.gradient.norm) == (6, 5.0)
    assert run.batch[0].tolist() == after(6)[0].tolist()
    assert run.update_ratio == {name: pytest.approx(float(w.any())) for name, w in run.parameters.views.items()}
    assert [len(call.losses) for call in program.calls] == [4, 1, 1]
    run.update_ratio = {}
    compiled.advance(run.step + 1)
    assert run.update_ratio == {}, "no evaluation is due"


@pytest.mark.parametrize("done", [0, 2, 4])
def test_a_loss_that_is_not_finite_is_not_counted(done):
    run, compiled, _ = chunks(done=done)
    run.diverged = lambda loss: ZeroDivisionError(f"loss {loss}")
    with pytest.raises(ZeroDivisionError, match=f"^loss {10.0 + done}$"):
        compiled.advance(5)
    assert (run.step, run.history.loss) == (done, [10.0 + k for k in range(done)])


@pytest.mark.parametrize(("rule", "slots"), [("sgd", 0), ("sgd_momentum", 1), ("adam", 1)])
@pytest.mark.parametrize("before", [0, 3, 200])
def test_state_is_cleared_of_denormals_at_each_64th_step(rule, slots, before):
    """Of a rule that has state; the steps that a resumed run has behind it count."""
    run, compiled, program = chunks(("learning_rate", "flush") if rule != "adam" else ("flush",), update_rule=rule)
    config = run.updater.configs["*"]
    if slots:
        config["t"] = before
    compiled.chunk(2 * FLUSH_EVERY)
    flushed = np.flatnonzero(program.calls[0].numbers[:, -1])
    first = {0: 63, 3: 60, 200: 55}[before]  # the 64th step, and of those behind it the 256th
    assert flushed.tolist() == ([first, first + 64] if slots else [])
    assert set(np.unique(program.calls[0].numbers[:, -1])) <= {0.0, 1.0}
    assert config.get("t", 0) == (before + 128 if slots else 0)


def test_the_numbers_of_each_step_follow_the_schedule_and_the_average():
    options = {"optim_config": {"learning_rate": 2.0}, "lr_schedule": lambda step: 1 + step}
    run, compiled, program = chunks(("rate", "learning_rate"), average="polyak", **options)
    run.step = 4
    compiled.chunk(3)
    assert program.calls[0].numbers.tolist() == [[1.0, 10.0], [1 / 2, 12.0], [1 / 3, 14.0]]
    assert run.average.count == 3


def test_the_numbers_of_adam_follow_the_count_of_steps():
    config = {"learning_rate": 2.0, "beta1": 0.5, "beta2": 0.75, "epsilon": 4.0}
    run, compiled, program = chunks(("beta1", "step_size", "epsilon"), update_rule="adam", optim_config=config)
    run.updater.configs["*"]["t"] = 1
    compiled.chunk(2)
    roots = (1 - 0.75**2) ** 0.5, (1 - 0.75**3) ** 0.5
    wanted = [[0.5, 2 * roots[0] / 0.75, 4 * roots[0]], [0.5, 2 * roots[1] / 0.875, 4 * roots[1]]]
    np.testing.assert_allclose(program.calls[0].numbers, wanted, rtol=1e-15)
    assert run.updater.configs["*"]["t"] == 3


@pytest.mark.parametrize("extra", [{"average": 0.75}, {"lr_schedule": "constant"}])
def test_one_of_the_two_alone(extra):
    _, compiled, program = chunks(("learning_rate",), optim_config={"learning_rate": 2.0}, **extra)
    compiled.chunk(2)
    assert program.calls[0].numbers.tolist() == [[2.0], [2.0]]
