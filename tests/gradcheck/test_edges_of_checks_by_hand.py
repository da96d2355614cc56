"""What a check seldom meets: settings of one's own, wrong calls, edits that give a name, arguments drawn as a dict."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import gradcheck
from gradcheck import assertions, check
from gradcheck.contracts.broadcasting import column_against_row
from gradcheck.contracts.contracts import _repeats_from_scratch, check_contracts
from gradcheck.course import eval_numerical_gradient
from gradcheck.each_pair import _beside, _first_parameter
from gradcheck.findings import Finding
from gradcheck.selftest import Score, check_case, score
from gradcheck.subject import probes
from gradcheck.subject.adapters import LayerSubject, LossSubject, _pick
from gradcheck.subject.arguments import Source

X = np.array([[1.0, -2], [3, 4], [0.5, 0.25]])


def test_settings_are_keywords_of_the_forward():
    forward, backward = lambda x, k=1: (k * x, k), lambda dout, k: k * dout
    assert gradcheck.layer(forward, backward, X, settings={"k": 3}).tensors["x"].numeric is not None
    taken = []
    gradcheck.layer(lambda x, k=1: (taken.append(k) or k * x, k), backward, X, settings={"k": 3})
    assert set(taken) == {3}


class Model:
    def __init__(self, params):
        self.params = params

    def loss(self, X, y):
        return 0.5, {}

    def __deepcopy__(self, memo):
        raise RuntimeError("no copies")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gradcheck.layer(np.exp, 3, X), "layer takes two functions; got forward=ufunc, backward=int"),
        (lambda: gradcheck.loss(3, X), "loss takes a function; got int"),
        (lambda: gradcheck.net(3, {}, X, X), r"net takes a function loss_fn\(params, X, y, reg\); got int"),
        (lambda: gradcheck.net(np.exp), "net needs params, X and y, or inputs="),
        (lambda: gradcheck.net(np.exp, {"a": 1, "b": [2, 3]}, X, X), r"no float array; it is dict with \['a', 'b"),
        (lambda: gradcheck.model(3, X, X), r"model needs params \(a dict of arrays\) and loss\(X, y\); int lacks them"),
        (lambda: gradcheck.model(SimpleNamespace(params={}), X, X), "SimpleNamespace lacks them"),
        (lambda: gradcheck.model(Model({"k": 1}), X, X), r"params of Model holds no float array; it has \['k'\]"),
        (lambda: gradcheck.model(Model({}), X, X), "params of Model holds no float array; it has nothing"),
        (lambda: gradcheck.model(Model({"W": X}), X, X), r"Model cannot be copied \(no copies\); the check"),
    ],
)  # fmt: skip
def test_calls_that_make_no_check(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_targets_that_bring_their_own_check(monkeypatch):
    subject = object.__new__(assertions.Subject)
    monkeypatch.setattr(assertions.Subject, "check", lambda self, *args, **options: (self, args, options))
    assert assertions.check(subject, 1, seed=2) == (subject, (1,), {"seed": 2})
    monkeypatch.setattr(assertions, "kind_of", lambda target: "jax" if target is X else None)
    monkeypatch.setattr(assertions.frameworks, "check", lambda *args, **options: (args, options))
    assert assertions.check(X, 1, seed=2) == (("jax", X, 1), {"seed": 2})


def repaired(monkeypatch, fix, *findings, sources=("a.py:1",)):
    """The findings after a search for an edit that ends with `fix` (an exception is raised)."""

    def find_fix(*args):
        if isinstance(fix, Exception):
            raise fix
        return fix

    monkeypatch.setattr(check, "find_fix", find_fix)
    monkeypatch.setattr(check, "scalars_of", lambda *_: {})
    monkeypatch.setattr(check.draws, "huge", lambda *_: None)
    report = SimpleNamespace(findings=list(findings), notes=[])
    run = SimpleNamespace(probe=None, values={})
    mine = SimpleNamespace(report=report, runs=[run], source=None, original_overflow=None, _verify=None,
                           runner=SimpleNamespace(passes=None), subject=SimpleNamespace(targets=lambda values: []),
                           _overflow=lambda probe: "mine")  # fmt: skip
    check.Check._repair(mine)
    assert mine.original_overflow == "mine"
    return report


def test_an_edit_becomes_the_fix_of_the_first_error_and_names_it(monkeypatch):
    def edit(code="SIGN", verified=True):
        found = SimpleNamespace(code=code, text="a minus")
        return SimpleNamespace(text="put a minus", source="a.py:7", verified=verified, edit=found)

    def unnamed(where):
        return Finding("UNNAMED", "error", where, "wrong")

    note, other = Finding("ALIASED", "note", "x", ""), Finding("SCALE_TWO", "error", "b", "")
    made = repaired(monkeypatch, edit(), note, unnamed("x"), unnamed("w"), other)
    assert [f.code for f in made.findings] == ["ALIASED", "SIGN", "SCALE_TWO"], "one name for what had none"
    first = made.findings[1]
    assert (first.fix, first.source, first.fix_verified, first.fix_tried) == ("put a minus", "a.py:7", True, False)
    assert first.message == "wrong. The edit that passes every check tells what it is: a minus"
    assert note.fix is None
    made = repaired(monkeypatch, edit("UNNAMED", verified=False), unnamed("x"), unnamed("w"))
    assert [(f.fix_verified, f.fix_tried) for f in made.findings] == [(False, True), (False, False)]
    assert {f.code for f in made.findings} == {"UNNAMED"}
    assert made.findings[0].message == "wrong"
    named = Finding("SCALE_TWO", "error", "x", "", source="b.py:3")
    made = repaired(monkeypatch, edit(), named, unnamed("w"))
    assert [(f.code, f.source) for f in made.findings] == [("SCALE_TWO", "b.py:3"), ("UNNAMED", None)]
    assert repaired(monkeypatch, None, named).findings == [named]
    stopped = repaired(monkeypatch, KeyError("k"), named)
    assert stopped.notes == ["the search for an edit stopped: KeyError: 'k'"]


def a_check(**fields):
    report = SimpleNamespace(notes=[], findings=[])
    return SimpleNamespace(**{"report": report, "runs": [], "source": None} | fields)


def test_a_further_probe_that_tells_nothing_is_dropped():
    probe, alike = SimpleNamespace(values={}, name="n=7"), [True]
    found = SimpleNamespace(same_kind=lambda main: alike[0])

    def attempted(targets=("x",), run=lambda probe: found, runs=(), inputs=None, probe=probe):
        mine = a_check(subject=SimpleNamespace(targets=lambda values: list(targets)), runner=SimpleNamespace(run=run),
                       runs=list(runs), source=SimpleNamespace(inputs=inputs))  # fmt: skip
        return check.Check._attempt(mine, probe), len(mine.runs), mine.report.notes

    def fails(probe):
        raise ValueError

    assert attempted() == (found, 1, [])
    assert attempted(probe=None) == (None, 0, [])
    assert attempted(targets=()) == (None, 0, []), "nothing to differentiate"
    assert attempted(run=lambda probe: None) == (None, 0, [])
    assert attempted(run=fails) == (None, 0, ["probe 'n=7' raises ValueError: dropped"])
    assert attempted(runs=["main"]) == (found, 2, [])
    alike[0] = False
    assert attempted(runs=["main"]) == (None, 1, []), "rows of given arrays that were mixed up"
    assert attempted(runs=["main"], inputs=len) == (found, 2, [])
    assert attempted() == (found, 1, [])


@pytest.mark.parametrize("kind", ["layer", "loss"])
@pytest.mark.parametrize("bad", [["x"], []])
@pytest.mark.parametrize("repair", [True, False])
def test_a_backward_that_raises_is_looked_at_on_equal_sizes(monkeypatch, kind, bad, repair):
    monkeypatch.setattr(check.draws, "equal_sizes", lambda source, main: "equal")
    repairs, run = [], SimpleNamespace(bad=lambda: bad)
    mine = a_check(subject=SimpleNamespace(kind=kind), options=SimpleNamespace(repair=repair),
                   _attempt=lambda probe: run if probe == "equal" else None, _diagnose=lambda: ["told"],
                   _repair=lambda: repairs.append(1))  # fmt: skip
    check.Check._diagnose_raise(mine, None)
    assert mine.report.findings == ["told"] * (kind == "layer" and bad != [])
    assert len(repairs) == (kind == "layer" and repair)


def test_a_forward_that_raises_when_it_is_called_again():
    calls = []

    def forward(x, fails=3):
        calls.append(1)
        if len(calls) == fails:
            raise ValueError
        return x, None

    subject = LayerSubject(forward, lambda dout, cache: dout, ("x",), None)
    found = check_contracts(subject, {"x": X}, lambda outs: [np.ones(o.shape) for o in outs])
    assert [(f.code, f.where) for f in found.findings] == [("NONDETERMINISTIC", "forward")]
    assert found.stop
    broken = SimpleNamespace(streams=SimpleNamespace(rewind=lambda: None), fresh=dict, forward=lambda values: 1 / 0)
    assert not _repeats_from_scratch(broken, {}, [], {})


def test_a_loss_of_watched_arrays_says_nothing_where_it_raises():
    run = SimpleNamespace(values={"x": X[:, :1], "t": X[:, 0]}, numeric={"x": 0}, n=3)

    def told(loss):
        return column_against_row(LossSubject(loss, ("x", "t"), None), run)

    assert told(lambda x, t: (np.sum(x - t), x)).code == "WRONG_SHAPE"
    assert told(lambda x, t: (np.sum(x[:, 0] - t), x)) is None
    assert told(lambda x, t: 1 / 0) is None
    assert column_against_row(LayerSubject(lambda x, t: (x - t, x), None, ("x", "t"), None), run) is None


def test_numbers_of_the_course_are_printed_when_asked_for(capsys):
    x = np.array([1.0, 2.0])
    assert eval_numerical_gradient(lambda x: np.sum(x), x).tolist() == pytest.approx([1, 1])
    assert capsys.readouterr().out == ""
    eval_numerical_gradient(lambda x: 0.0, x, verbose=True)
    assert capsys.readouterr().out == "(0,) 0.0\n(1,) 0.0\n"
    eval_numerical_gradient(lambda x: 0.0, x, True)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_parameter_of_a_test_that_gets_the_pair(tmp_path):
    assert _first_parameter(lambda pair, tmp_path: 0) == "pair"
    assert _first_parameter(lambda self, one, other: 0) == "one"
    assert _first_parameter(lambda cls, one: 0) == "one"
    assert _first_parameter(Model) == "pair"
    with pytest.raises(TypeError, match="test_nothing takes no parameter; expected one for the pair"):
        _first_parameter(test_nothing)
    assert _beside(Path(__file__).name, test_nothing) == Path(__file__), "beside the test's file"
    assert _beside(tmp_path, test_nothing) == tmp_path
    assert _beside("nowhere.py", test_nothing) == Path("nowhere.py")


def test_nothing():
    """It takes no parameter."""


def test_scores_of_a_file_of_bugs():
    backward = {"right": lambda dout, k: 2 * dout, "wrong": lambda dout, k: 1.0 * dout}

    def case(name, which, expected, kind="layer"):
        return {"name": name, "kind": kind, "forward": lambda x: (2 * x, None), "backward": backward[which],
                "inputs": lambda rng, n: (rng.standard_normal((n, 2)),), "expected": expected}  # fmt: skip

    cases = [case("a", "right", None), case("b", "wrong", "SCALE_HALF"), case("c", "wrong", "SIGN"),
             case("d", "wrong", "UNNAMED"), case("e", "right", "SIGN"), case("f", "wrong", None)]  # fmt: skip
    found = score(cases, seeds=2, repair=False)
    assert (found.bugs, found.killed, found.nameable, found.named, found.correct, found.alarms) == (4, 3, 3, 1, 4, 2)
    assert found.misses == [
        "misnamed     c: expected SIGN, said SCALE_HALF",
        "not caught   e: expected SIGN",
        "false alarm  f seed 0: SCALE_HALF",
        "false alarm  f seed 1: SCALE_HALF",
    ]
    assert len(found.seconds) == 8
    assert not found.ok
    assert "named 1 of 3 nameable (33.3%)" in str(found)
    assert Score(bugs=20, killed=20, nameable=20, named=19).ok
    assert not Score(bugs=20, killed=20, nameable=20, named=18).ok
    assert not Score(bugs=2, killed=1).ok
    assert not Score(alarms=1).ok
    assert str(Score(seconds=[3.0, 1.0, 2.0])).endswith("median check 2000 ms")
    assert str(Score()).splitlines() == [
        "killed 0 of 0 bugs", "named 0 of 0 nameable", "false alarms 0 in 0 checks of correct code", "median check 0 ms"
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"kind of case 'g' is 'model'; expected 'layer', 'loss', 'net', 'torch'"):
        check_case(case("g", "right", None, "model"))


def test_gradients_among_several_values():
    assert _pick([1, {"a": 2}, {"b": 3}]) == {"a": 2}
    assert _pick([1, 2, 3]) == 1


def test_arguments_drawn_as_a_dict_have_its_names():
    source = Source(("x",), None, lambda rng, n: {"w": rng.standard_normal(3), "x": np.ones((n, 2))}, 4)
    found = source.draw(2, 6)
    assert list(found) == ["w", "x"]
    assert found["w"].tolist() == np.random.default_rng([4, 2]).standard_normal(3).tolist()
    assert found["x"].shape == (6, 2)
    assert source.batch_axes == [("x", 0)]
    assert Source(("x",), None, lambda rng, n: np.ones(n), 0).draw(0, 2)["x"].tolist() == [1, 1]
    assert Source(("x",), (X,), None, 0).draw(0, 2) is None


def test_no_rows_are_taken_where_either_axis_may_be_the_batch():
    """W (4, 5) and X (5, 4), 5 examples by the labels: of which array are they the rows?"""
    source = Source(("W", "X", "y"), (np.ones((4, 5)), np.arange(20.0).reshape(5, 4), np.arange(5) % 3), None, 0)
    main = probes.first(source)
    assert main.n == 5
    assert probes.second(source, main) is None
    assert probes.single(source, main) is None


def test_evaluations_are_counted_and_in_double_precision():
    subject = LayerSubject(lambda x: (x.astype(np.float32), None), lambda dout, cache: dout, ("x",), None)
    assert subject.nfev == 0
    assert subject.evaluate({"x": X}).dtype == np.float64
    assert subject.nfev == 1
    assert subject.evaluate({"x": X}).tolist() == X.ravel().tolist()
