"""What each entry point hands to the check: functions, arguments, names, options and the label."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import api, entry
from gradcheck.findings import Finding
from gradcheck.options import Options, options_from
from gradcheck.subject.adapters import LayerSubject, NetSubject
from layers.registry import get

X = np.array([[1.0, -2], [3, 4], [0.5, 0.25]])
PARAMS = {"W": np.ones((2, 2)), "more": [np.zeros(2)]}


@pytest.fixture(autouse=True)
def _nothing_is_checked(monkeypatch):
    def run_check(subject, args, inputs, options, label):
        return SimpleNamespace(subject=subject, args=args, inputs=inputs, options=options, label=label)

    monkeypatch.setattr(api, "run_check", run_check)


def forward(x, k=1):
    return k * x, k


def backward(dout, k):
    return k * dout


def test_a_layer_of_two_functions():
    made = api.layer(forward, backward, X, settings={"k": 3}, seed=4, label="mine", structure="rows")
    assert (made.label, made.inputs, made.options) == ("mine", None, Options(seed=4, structure="rows"))
    assert made.args[0] is X
    assert made.subject.names == ("x",)
    assert made.subject.forward({"x": X})[0][0].tolist() == (3 * X).tolist()
    plain = api.layer(forward, backward, X)
    assert (plain.label, plain.options) == (None, Options())


def draw(rng, n):
    return (np.full((n, 2), 7.0),)


def test_a_registered_layer_brings_what_it_needs():
    relu = get("relu")
    made = api.layer("relu")
    assert (made.label, made.inputs, made.options.structure) == ("relu", relu.inputs, "elementwise")
    assert made.subject.names == relu.args
    assert api.layer(relu, inputs=draw).inputs is draw
    assert api.layer(relu, structure="rows", label="mine").options.structure == "rows"
    assert api.layer(relu, label="mine").label == "mine"
    given = api.layer(relu, None, X)
    assert (given.inputs, given.args[0] is X) == (None, True)
    first = api.layer(relu, X)
    assert first.args[0] is X, "an array in the place of the backward is the first argument"
    assert first.inputs is None
    named = api.layer("affine", names=("p", "q", "r"), wrt="q")
    assert (named.subject.names, named.subject.wrt) == (("p", "q", "r"), ("q",))


def test_a_registered_loss_by_either_entry():
    for made in (api.layer("softmax_loss"), api.loss("softmax_loss"), api.loss(get("softmax_loss"), wrt="x")):
        assert (made.subject.kind, made.label) == ("loss", "softmax_loss")
        assert made.inputs is get("softmax_loss").inputs
    given = api.loss("softmax_loss", inputs=draw, label="mine")
    assert (given.inputs, given.label) == (draw, "mine")


def loss_of(params, X, y, reg=0.5):
    return reg, {}


def plain_loss(params, X, y):
    return 0.0, {}


@pytest.mark.parametrize(
    ("function", "rest", "reg", "expected", "passed"),
    [
        (loss_of, (X, X), None, None, False), (loss_of, (X, X), 0.25, 0.25, True),
        (loss_of, (X, X, 2), None, 2.0, True),
        (plain_loss, (X, X, 0.25), None, 0.25, False), (plain_loss, (X, X), 0.0, 0.0, False),
    ],
)  # fmt: skip
def test_the_strength_of_a_nets_penalty(monkeypatch, function, rest, reg, expected, passed):
    seen = []

    class Seen(NetSubject):
        def __init__(self, loss_fn, tree, data, reg, takes_reg):
            seen.append((reg, takes_reg, len(data)))
            super().__init__(loss_fn, tree, data, reg, takes_reg)

    monkeypatch.setattr(api, "NetSubject", Seen)
    made = api.net(function, PARAMS, *rest, reg=reg, seed=3, label="net")
    assert seen == [(expected, passed, 2)]
    assert (made.label, made.options.seed, made.inputs) == ("net", 3, None)
    assert [np.shape(a) for a in made.args] == [(2, 2), (2,), (3, 2), (3, 2)]


def test_a_net_whose_arguments_are_drawn():
    asked = []

    def inputs(rng, n):
        asked.append((rng.random(), n))
        return PARAMS, np.full((n, 2), 7.0), np.zeros(n), 0.25

    made = api.net(loss_of, inputs=inputs, seed=3)
    assert asked[0][0] == np.random.default_rng([3, 0]).random()
    again = made.inputs(np.random.default_rng(5), 4)
    assert [np.shape(a) for a in again] == [(2, 2), (2,), (4, 2), (4,)], "the strength is no array of data"
    assert asked[1] == (np.random.default_rng(5).random(), 4)


def test_a_suite_is_every_setting_with_every_seed(monkeypatch):
    asked = []

    def layer(entry, *, settings, seed, label, **options):
        asked.append((entry, settings, seed, label, options))
        return label

    some = SimpleNamespace(settings=({}, {"k": 3, "by": 0.5}))
    monkeypatch.setattr(api, "get", lambda name: some)
    monkeypatch.setattr(api, "registered", lambda: {"all": some})
    monkeypatch.setattr(api, "layer", layer)
    monkeypatch.setattr(api, "model", lambda *args, **options: asked.append((args, options)) or "net")
    suite = api.suite(["some"], 2, models={"n": (1, 2, 3)}, seed=5, repair=False)
    assert list(suite) == ["some", "some", "some k=3 by=0.5", "some k=3 by=0.5", "net"]
    assert [a[1:] for a in asked[1:3]] == [
        ({}, 6, "some", {"repair": False}), ({"k": 3, "by": 0.5}, 5, "some k=3 by=0.5", {"repair": False})
    ]  # fmt: skip
    assert asked[-1] == ((1, 2, 3), {"label": "n", "seed": 5, "repair": False})
    assert 0 <= suite.seconds < 60
    asked.clear()
    assert list(api.suite()) == ["all"] * 3 + ["all k=3 by=0.5"] * 3
    assert [a[2] for a in asked] == [0, 1, 2] * 2
    assert list(api.suite(["some"], 1)) == ["some", "some k=3 by=0.5"]
    with pytest.raises(ValueError, match="seeds is 0; expected 1 or more"):
        api.suite(["some"], 0)


def test_names_to_differentiate():
    assert entry.wrt_of(None, ("x", "w")) is None
    assert entry.wrt_of("w", ("x", "w")) == ["w"]
    assert entry.wrt_of(("w", "x"), ("x", "w")) == ["w", "x"]
    for wrt, words in (([], "wrt names no argument.*x, w"), ("xw", "wrt names 'xw'; the arguments are x, w")):
        with pytest.raises(ValueError, match=words):
            entry.wrt_of(wrt, ("x", "w"))


def test_arguments_and_their_names():
    args, names = entry.arguments_of(forward, [X], None, None, 0)
    assert (args[0] is X, type(args), names) == (True, tuple, ("x",))
    drawn, _ = entry.arguments_of(forward, (1, 2), lambda rng, n: (rng.standard_normal((n, 2)),), None, 6)
    assert drawn[0].tolist() == np.random.default_rng([6, 0]).standard_normal(drawn[0].shape).tolist()
    for args, given in (((), "none"), ((np.arange(3), 2), "ndarray, int")):
        with pytest.raises(TypeError, match=rf"no float array to differentiate among the arguments \({given}\)"):
            entry.arguments_of(forward, args, None, None, 0)


@pytest.mark.parametrize("fails", [False, True])
def test_a_check_is_told_to_every_observer(monkeypatch, fails):
    seen, made = [], []

    class Check:
        def __init__(self, subject, source, options):
            made.append(source)
            self.report = SimpleNamespace(findings=[], place=None)

        def run(self):
            if fails:
                raise KeyError("k")
            return self.report

    monkeypatch.setattr(entry, "Check", Check)
    monkeypatch.setattr(entry, "OBSERVERS", [seen.append, seen.append])
    subject = LayerSubject(forward, backward, ("x",), None)
    report = entry.run_check(subject, (X,), None, Options(seed=3), "mine")
    assert seen == [report, report]
    assert subject.label == "mine"
    assert report.place == f"{__file__}:{backward.__code__.co_firstlineno}"
    told = [(f.code, f.severity, f.where, f.message) for f in report.findings]
    assert told == [("RAISES", "error", "backward", "the check could not be completed: KeyError: 'k'")] * fails
    (source,) = made
    assert (source.names, source.seed, source.params, source.batch) == (("x",), 3, (), None)
    assert source.given[0] is X
    assert source.inputs is None
    assert all(isinstance(f, Finding) for f in report.findings)


def test_options_are_validated_once():
    found = options_from({"probes": 1, "mode": "full"}, structure="rows")
    assert found == Options(probes=1, mode="full", structure="rows")
    plain = Options()
    assert (plain.probes, plain.mode, plain.kinks, plain.second_opinion) == (2, "auto", "convention", "complex")
    assert (plain.dout, plain.structure, plain.dtype_tol, plain.repair, plain.seed) == (None, None, None, True, 0)


@pytest.mark.parametrize(
    "given",
    [{"mode": m} for m in ("full", "fast", "auto")] + [{"kinks": k} for k in ("convention", "interval", "skip")]
    + [{"second_opinion": None}, {"structure": "affine"}, {"structure": "elementwise"}, {"probes": 1}],
)  # fmt: skip
def test_values_that_options_take(given):
    assert vars(Options(**given)).items() >= given.items()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"second_opinion": "real"}, ValueError, "second_opinion is 'real'; expected one of 'complex', None"),
        ({"structure": "column"}, ValueError, "structure is 'column'; expected one of None, 'elementwise', 'rows'"),
        ({"probes": 1.0}, ValueError, "probes is 1.0; expected a whole number, 1 or more"),
        ({"probes": 0}, ValueError, "probes is 0; expected a whole number"),
        ({"probe": 1}, TypeError, "there is no option 'probe': did you mean 'probes'?"),
        ({"zzz": 1}, TypeError, "there is no option 'zzz': expected one of probes, mode, kinks, dout"),
    ],
)
def test_values_that_options_refuse(given, error, words):
    with pytest.raises(error, match=words):
        options_from(given)
