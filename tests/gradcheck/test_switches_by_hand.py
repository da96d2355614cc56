"""A forward of four sites, evaluated with its switches on: what is held, what has another slope, what is replaced."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.paths import experiments
from gradcheck.diagnosis.paths.switches import ONE, TURNED, Experiment, Switches
from gradcheck.diagnosis.paths.trial import Trial
from tests.gradcheck.trials_by_hand import site, trial_of
from tests.gradcheck.views_by_hand import view

X, D = np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([[0.1, 0.2], [-0.3, 0.4]])
Y = X + D
KINDS = ("use", "unary", "use", "*", "@")


def forward(passes=1):
    """The switches of passes over y = (tanh(x) x) @ x, and its subject; the outputs are those of the last pass."""
    switches = Switches()
    switches.sites = [site(f"s{k}", kind) for k, kind in enumerate(KINDS)]

    def evaluate(values):
        x, outs = values["x"], []
        for _ in range(passes):
            t = switches.unary(1, np.tanh, switches.use(0, x))
            y = switches.product(3, np.multiply, t, switches.use(2, x))
            outs.append(switches.product(4, np.matmul, y, x))
        return np.stack(outs) if passes > 1 else outs[0]

    return switches, SimpleNamespace(evaluate=evaluate)


def moved(*experiment, **more):
    """The outputs at Y of an experiment, after those at X have been recorded."""
    switches, subject = forward()
    np.testing.assert_array_equal(switches.record(subject, {"x": X}), (np.tanh(X) * X) @ X)
    found = switches.evaluate(subject, Experiment(*experiment, **more), {"x": Y})
    np.testing.assert_array_equal(switches.evaluate(subject, Experiment(()), {"x": Y}), (np.tanh(Y) * Y) @ Y)
    return found


def constant(c):
    return lambda f, u, out: np.full(u.shape, c)


@pytest.mark.parametrize(
    ("experiment", "right"),
    [
        (Experiment(()), (np.tanh(Y) * Y) @ Y),
        (Experiment((0,)), (np.tanh(X) * Y) @ Y),
        (Experiment((2,)), (np.tanh(Y) * X) @ Y),
        (Experiment((0, 2)), (np.tanh(X) * X) @ Y),
        (Experiment((1,)), (np.tanh(X) * Y) @ Y),
        (Experiment((1,), constant(3.0)), ((np.tanh(X) + 3 * D) * Y) @ Y),
        (Experiment((3,), constant(3.0)), (np.tanh(Y) * Y) @ Y),
        (Experiment((3,), operand=(0, ONE)), (np.tanh(X) * X + (np.tanh(Y) - np.tanh(X)) * X + D) @ Y),
        (Experiment((3,), operand=(1, ONE)), (np.tanh(X) * X + (np.tanh(Y) - np.tanh(X)) + np.tanh(X) * D) @ Y),
        (Experiment((3,), operand=(0, 2)), (np.tanh(X) * X + (np.tanh(Y) - np.tanh(X)) * X + X * D) @ Y),
        (Experiment((3,), operand=(1, 1)), (np.tanh(X) * X + (np.tanh(Y) - np.tanh(X) + D) * np.tanh(X)) @ Y),
        (Experiment((4,), operand=(1, TURNED)), None),
        (Experiment((2,), shadow=(0, np.ones_like)), (np.tanh(Y) * Y) @ Y),
        (Experiment((2,), shadow=(0, lambda held: 5 * held)), (np.tanh(Y) * (X + 5 * X * D)) @ Y),
    ],
)
def test_experiments(experiment, right):
    if right is None:
        a, b = np.tanh(X) * X, np.tanh(Y) * Y
        right = a @ X + (b - a) @ X.T + a @ D
    np.testing.assert_allclose(moved(*experiment), right, rtol=1e-12)


def test_passes_of_a_loop():
    plain, held = (np.tanh(Y) * Y) @ Y, (np.tanh(X) * Y) @ Y
    for live, right in ((None, [held] * 3), (0, [plain, held, held]), (1, [held, plain, held]),
                        (-1, [held, held, plain])):  # fmt: skip
        switches, subject = forward(3)
        switches.record(subject, {"x": X})
        assert switches.passes(0) == 3
        for _ in range(2):  # the second time as the first
            found = switches.evaluate(subject, Experiment((0,), live=live), {"x": Y})
            np.testing.assert_array_equal(found, right)


def test_a_variable_that_moves_with_another_in_every_pass():
    switches, subject = forward(3)
    switches.record(subject, {"x": X})
    found = switches.evaluate(subject, Experiment((2,), shadow=(0, lambda held: 5 * held)), {"x": Y})
    np.testing.assert_allclose(found, [(np.tanh(Y) * (X + 5 * X * D)) @ Y] * 3, rtol=1e-12)


def test_what_stood_at_a_site():
    switches, subject = forward(2)
    switches.record(subject, {"x": X})
    for k, right in enumerate((X, np.tanh(X), X, np.tanh(X) * X, (np.tanh(X) * X) @ X)):
        np.testing.assert_array_equal(switches.value(k, 0), right)
        np.testing.assert_array_equal(switches.value(k, 1), right)
        assert switches.floating(k)
    switches.tape[0][1] = 2 * X
    np.testing.assert_array_equal(switches.value(0, 1), 2 * X)
    np.testing.assert_array_equal(switches.value(0, 2), X, "of fewer passes the first")
    np.testing.assert_array_equal(switches.operands(3)[0], np.tanh(X))
    np.testing.assert_array_equal(switches.operands(3)[1], X)
    switches.tape[5] = [3, None]
    switches.sites.append(site("n"))
    assert not switches.floating(5)
    switches.tape[5] = [3, 0.5]
    assert switches.floating(5)


def test_integers_masks_and_functions_of_several_elements_are_not_replayed():
    switches = Switches()
    switches.sites = [site("n"), site("f", "unary")]
    switches.recording = True
    assert switches.use(0, 3) == 3
    switches.unary(1, np.sign, X)
    switches.recording = False
    switches.experiment = Experiment((0, 1), lambda f, u, out: None)
    assert switches.use(0, 4) == 4
    with pytest.raises(ValueError, match="no function of its elements"):
        switches.unary(1, np.sign, Y)
    switches = Switches()
    switches.recording = True
    switches.product(0, np.multiply, X, X > 0)
    switches.recording = False
    switches.experiment = Experiment((0,), operand=(1, ONE))
    np.testing.assert_allclose(switches.product(0, np.multiply, Y, Y > 0), X * (X > 0) + D + X * (Y > 0) - X * (X > 0))


def told(trial, moving):
    return [(e, t.code, t.message) for e, t in experiments.further(trial, moving)]


AT = "(net.py:7 in forward: y = u0)"


def test_words_of_lost_paths_and_of_passes():
    trial = trial_of([X, Y], passes=[3, 1])
    lost = experiments.lost(trial, 0)
    assert (lost.code, lost.fix) == ("MISSING_TERM", "add the path to dx")
    assert lost.message == f"right if `u0` were constant here: the path through it is missing {AT}"
    assert lost.evidence == {"use": "u0", "line": 7}
    found = told(trial, [0])
    assert [(e.sites, e.live) for e, _, _ in found] == [((0,), 0), ((0,), -1)]
    assert [m.split(" (")[0] for _, _, m in found] == [
        f"of the 3 passes over `u0` only the {which} one contributes" for which in ("first", "last")
    ]
    assert {c for _, c, _ in found} == {"BATCH_SUBSET"}
    assert told(trial_of([X], passes=[1]), [0]) == []


def test_words_of_variables_that_are_used_several_times():
    trial = trial_of([X, X, Y], passes=[1, 1, 1])
    trial.switches.sites = [site("h"), site("h"), site("other")]
    found = [t for t in told(trial, [0, 1, 2]) if t[0].shadow is None]
    assert [(e.sites, c) for e, c, _ in found] == [((1,), "MISSING_TERM"), ((0,), "MISSING_TERM")]
    assert found[0][2].startswith("`h` is used several times, and only the path through one of them is there (net.py:7")
    trial.switches.passes = lambda k: 2
    live = [(e.sites, e.live) for e, _, _ in told(trial, [0, 1]) if e.live is not None]
    assert live == [((0,), 0), ((0,), -1), ((1,), 0), ((1,), -1), ((0, 1), 0), ((0, 1), -1)]


def test_words_of_operands():
    mask, square = np.array([[0.0, 1], [1, 0]]), np.array([[1.0, 2], [3, 4]])

    def of(kind, left, right, values=(X,)):
        trial = trial_of([X * 9, *values], ["*", *["use"] * len(values)], operands=(left, right))
        trial.switches.sites[0] = site("u0", kind)
        return [(e.operand, c, m.split(" (net")[0]) for e, c, m in told(trial, [0])]

    assert of("*", mask, X)[0] == ((0, ONE), "MASK_MISSING", "the mask that is the first operand of `u0` is left out")
    assert ((1, ONE), "MASK_MISSING", "the mask that is the second operand of `u0` is left out") in of("*", X, 2 * mask)
    assert ((0, ONE), "ELEMENTWISE_FACTOR", "the factor that is the first operand of `u0` is left out") in of("*", Y, X)
    assert [c for _, c, _ in of("*", mask + 1, None)] == ["ELEMENTWISE_FACTOR", "WRONG_POINT", "WRONG_POINT"]
    assert of("*", None, "text") == []
    turned = ((1, TURNED), "TRANSPOSED", "the second operand of `u0` is not transposed as it has to be")
    assert turned in of("@", np.ones((2, 3)), square)
    assert not [1 for _, c, _ in of("@", np.ones((2, 3)), np.ones((1, 1))) if c == "TRANSPOSED"]
    assert not [1 for _, c, _ in of("@", np.ones(2), np.ones(3)) if c == "TRANSPOSED"]
    other = ((0, 1), "WRONG_POINT", "formed with `u1` in the place of the first operand of `u0`")
    assert other in of("*", Y, np.ones(3))


def test_tensors_that_may_stand_in_the_place_of_another():
    values = [X, X, Y, Y, np.ones(3), Y.astype(int), "text", 2 * X]
    alike = trial_of(values, passes=[1, 1, 1, 1, 1, 1, 1, 2])
    assert list(experiments._alike(alike, 0, X)) == [2], "each value once, passed as often"
    assert list(experiments._alike(alike, 7, X)) == [2, 7]
    assert experiments._is_mask(np.array([0.0, 2, 0]))
    assert not experiments._is_mask(np.array([0.0, 2, 1]))
    assert not experiments._is_mask(np.array([1.0, 2]))
    assert not experiments._is_mask(np.zeros(2))


def test_words_of_variables_that_are_passed_over():
    p = np.array([[0.2, 0.8], [0.5, 0.5]])
    trial = trial_of([X, p, np.ones(3), X])
    found = [(e.sites, e.shadow[0], c, m.split(" (net")[0]) for e, c, m in told(trial, [0, 1, 2, 3]) if e.shadow]
    assert ((0,), 1, "ELEMENTWISE_FACTOR", "the derivative on the way from `u1` to `u0` is left out") in found
    own = "the derivative of `u1` is taken as u1 (1 - u1), as if each depended on its own u0 alone"
    assert ((1,), 0, "MISSING_TERM", own) in found
    assert {(s, k) for s, k, _, _ in found} == {((0,), 1), ((1,), 0), ((1,), 3), ((3,), 1)}, "not its own value"
    assert [s for s, _, c, _ in found if c == "MISSING_TERM"] == [(1,), (1,)], "between 0 and 1"
    np.testing.assert_allclose(experiments._own_only(p), [[0.16, 0.16], [0.25, 0.25]])


def test_words_of_blocks():
    trial = trial_of([np.ones((3, 6))], ["unary"])
    found = [m.split(",")[0] for _, _, m in told(trial, [0]) if m.startswith("in its")]
    places = ["columns 0 to 2", "columns 3 to 5", "columns 0 to 1", "columns 2 to 3", "columns 4 to 5"]
    assert found == [f"in its {p}" for p in places for _ in range(3)], "blocks of one row are none"
    assert not [m for _, _, m in told(trial_of([np.ones(6)], ["unary"]), [0]) if m.startswith("in its")]
    rows = [m for _, _, m in told(trial_of([np.ones((4, 1))], ["unary"]), [0]) if m.startswith("in its rows")]
    assert [m.split(",")[0] for m in rows[::3]] == ["in its rows 0 to 1", "in its rows 2 to 3"]


def test_trial_of_a_gradient():
    """y = tanh(x) x @ x with the path through its second factor lost, on two probes."""
    switches, net = forward()
    subject = SimpleNamespace(evaluate=lambda values: net.evaluate(values).ravel())

    def probe(x):
        def loss(path, values):
            return np.sum(switches.evaluate(subject, path, {"x": values}) * D.ravel())

        def slopes(path):
            switches.record(subject, {"x": x})
            found = np.zeros(x.shape)
            for at in np.ndindex(x.shape):
                step = np.zeros(x.shape)
                step[at] = 1e-5
                found[at] = (loss(path, x + step) - loss(path, x - step)) / 2e-5
            return found

        v = view(slopes(Experiment((2,))), slopes(Experiment(())), x=x, name="x", values={"x": x}, dout=D, out=D)
        v.evidence.subject = subject
        v.kink = np.zeros(x.shape, bool)
        return v

    trial = Trial(switches, [probe(X), probe(Y), probe(0 * X)])
    assert len(trial.views) == 2
    assert trial.start()
    assert trial.main.may_explain(trial.first(Experiment((2,))))
    assert not trial.main.may_explain(trial.first(Experiment((0,))))
    assert trial.left == 998
    assert trial.confirmed(Experiment((2,)))
    assert trial.on == 1
    assert not trial.confirmed(Experiment((0,)))
    assert trial.main.unchanged(trial.first(Experiment(())))
    only_here = Trial(switches, [probe(X), view(Y, X, x=Y, name="x", values={"x": Y}, dout=D, out=D, kink=Y > 9)])
    only_here.views[1].evidence.subject = subject
    assert only_here.start()
    assert not only_here.confirmed(Experiment((2,)))
    wrong = probe(X)
    wrong.g = wrong.g + 0.1
    assert not Trial(switches, [wrong]).start(), "the copy does not do what the forward does"
