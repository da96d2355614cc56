"""What each stage of a check is given: random streams by the seed, which probes, and when one stops."""

from types import SimpleNamespace

import numpy as np
import pytest
from runs_by_hand import derivative, judgement, run

from gradcheck import check, probe_runner
from gradcheck.casebook import Casebook
from gradcheck.findings import Finding
from gradcheck.numeric import noise
from gradcheck.options import Options
from gradcheck.probe_runner import ProbeRunner
from gradcheck.subject import probes
from gradcheck.subject.adapters import LayerSubject
from gradcheck.subject.gradients import MISSING

X, T = np.array([[1.0, -2], [3, 4], [0.5, 0.25]]), np.array([1.0, 2, 4])


def layer():
    return LayerSubject(lambda x: (x**2, x), lambda dout, x: 2 * x * dout, ("x",), None)


def first_number(*seed):
    return np.random.default_rng(list(seed)).random()


def test_noise_is_measured_along_one_direction():
    x, seen = np.array([1.0, -2, 0]), []

    def f(values):
        seen.append((values["x"], values["k"]))
        return values["x"] * [1, 1, np.nan]

    found = noise.noise(f, {"x": x, "k": 5.0}, ["x"], np.array([1.0, -2, 4]))
    step = 3e-7 * np.abs(x) * np.random.default_rng(12345).uniform(0.2, 1, 3)
    assert len(seen) == 6
    for k, (moved, other) in enumerate(seen, 1):
        np.testing.assert_allclose(moved - x, k * step, rtol=1e-6)
        assert other == 5
    assert found[2] == 0.5 * noise.np.finfo(float).eps * 4, "what is not finite counts as still"
    assert np.all(found < 1e-15)


def test_noise_of_a_backward_is_measured_three_times():
    seen, rng = [], np.random.default_rng(31)
    subject = SimpleNamespace(kind="layer", run=lambda v, d: seen.append((v, d)) or (0, {"x": T}))
    noise.own_noise(subject, {"x": X, "n": 4}, [T], "x", T)
    for values, (dout,) in seen:
        assert values["x"].tolist() == noise.shaken(X, rng).tolist()
        assert dout.tolist() == noise.shaken(T, rng).tolist()
    assert len(seen) == 3
    assert noise.shaken(np.ones(1, np.float32), np.random.default_rng(0)) - 1 in (2 * 2.0**-23, -2 * 2.0**-23)


@pytest.mark.parametrize(("before", "seed"), [(0, 0), (0, 7), (2, 7)])
def test_upstream_gradients_are_drawn_by_the_seed_and_the_run(before, seed):
    runner = ProbeRunner(layer(), Options(seed=seed))
    runner.runs += [None] * before
    found = runner.run(probes.Probe("given", {"x": X}, 3, 0))
    (wanted,) = probes.draw_dout([X], np.random.default_rng([seed, before, 6]))
    assert found.douts[0].tolist() == wanted.tolist()
    assert found.values["x"] is not X
    assert found.probe.n == 3


def test_directions_through_a_sample_are_drawn_by_the_seed(monkeypatch):
    seen = []
    monkeypatch.setattr(probe_runner, "disagreeing", lambda *a: seen.append(a[-1].random()) or np.zeros(0, int))
    a_run = run({"x": T}, douts=[np.ones(3)], analytic={"x": T}, numeric={"x": derivative(T)})
    a_run.judged = {"x": judgement([False])}
    ProbeRunner(layer(), Options(seed=7))._look_further(a_run, {"x": np.array([0])}, T, 400)
    assert seen == [first_number(7, 51)]


def stage(kind="layer", **fields):
    def douts(outs, rng, values):
        return rng.random(), outs, values

    report = SimpleNamespace(findings=[], notes=[], inconclusive=False)
    return SimpleNamespace(**{"subject": SimpleNamespace(kind=kind), "options": Options(seed=7), "report": report,
                              "runner": SimpleNamespace(douts=douts), "linear": {}, "runs": []} | fields)  # fmt: skip


def test_streams_of_contracts_linearity_and_overflow(monkeypatch):
    monkeypatch.setattr(check, "check_contracts", lambda subject, values, draw: (values, draw("outs")))
    assert check.Check._contracts(stage(), "values") == ("values", (first_number(7, 5), "outs", "values"))
    monkeypatch.setattr(check, "overflow", lambda subject, probe, draw: draw("outs"))
    probe = SimpleNamespace(values="large")
    assert check.Check._overflow(stage(), probe) == (np.random.default_rng(3).random(), "outs", "large")
    assert check.Check._overflow(stage(), None) is None
    monkeypatch.setattr(check, "test_linearity", lambda subject, values, douts, rng: rng.random())
    for kind, judged, linear in (("layer", {"x": 0}, first_number(7, 9)), ("layer", {}, {}), ("loss", {"x": 0}, {})):
        mine = stage(kind)
        check.Check._linearity(mine, SimpleNamespace(judged=judged, values=0, douts=0))
        assert mine.linear == linear


@pytest.mark.parametrize(
    ("answer", "stops", "inconclusive"),
    [(None, False, False), ("a note", False, True), (Finding("CONSTANT", "error", "loss", ""), True, False)],
)
def test_a_loss_that_nothing_moves(monkeypatch, answer, stops, inconclusive):
    monkeypatch.setattr(check, "constant", lambda *_: answer)
    mine = stage()
    assert check.Check._constant(mine, SimpleNamespace(values=0, outs=0, numeric=0, analytic=0)) is stops
    assert mine.report.inconclusive is inconclusive
    assert mine.report.findings == [answer] * stops
    assert mine.report.notes == [answer] * inconclusive


@pytest.mark.parametrize(
    ("kind", "gradient", "moves", "elsewhere", "absent", "notes"),
    [
        ("net", None, True, [], ["W"], 0), ("net", MISSING, True, [], ["W"], 0), ("net", None, False, [], [], 1),
        ("net", None, True, ["W"], [], 0), ("net", None, True, ["b"], ["W"], 0), ("net", T, True, [], [], 0),
        ("layer", None, True, [], [], 0), ("loss", None, True, [], [], 0),
    ],
)  # fmt: skip
def test_gradients_of_nets_that_are_never_returned(monkeypatch, kind, gradient, moves, elsewhere, absent, notes):
    monkeypatch.setattr(check, "moves", lambda subject, values, names: moves and names == ["W"])
    main = run({"W": T}, analytic={"W": gradient, "right": T})
    mine = stage(kind, runs=[main, SimpleNamespace(absent=elsewhere)])
    check.Check._never_returned(mine, main)
    assert list(main.absent) == absent
    assert len(mine.report.notes) == notes


def probes_tried(monkeypatch, kind="layer", wrong_at=(), averaged=(), **options):
    """The probes that were tried after the first; those of `wrong_at` are wrong."""
    tried, convention = [], list(averaged)
    for name in ("second", "stratified", "single", "square", "huge"):
        monkeypatch.setattr(check.draws, name, lambda *a, name=name: f"{name} {a[2]}" if name == "second" else name)
    one = lambda name: SimpleNamespace(bad=lambda: ["x"] if name in wrong_at else [], values=0)  # noqa: E731

    def attempt(probe):
        tried.append(probe)
        mine.runs.append(one(probe))

    subject = SimpleNamespace(kind=kind, targets=lambda values: ["x"])
    mine = stage(subject=subject, options=Options(**options), source=None, runs=[one("main")], _attempt=attempt,
                 _averaged=lambda: bool(convention and convention.pop()), _huge=lambda p: tried.append(p))  # fmt: skip
    check.Check._more_probes(mine, None, mine.runs[0])
    return tried


def test_which_probes_follow_the_first(monkeypatch):
    cut = ["stratified", "single", "square"]
    assert probes_tried(monkeypatch) == ["second 1", *cut, "huge"]
    assert probes_tried(monkeypatch, mode="full", probes=3) == ["second 1", "second 2", *cut, "huge"]
    assert probes_tried(monkeypatch, probes=1) == [*cut, "huge"]
    assert probes_tried(monkeypatch, mode="fast") == ["second 1", "huge"]
    assert probes_tried(monkeypatch, kind="net") == ["second 1", *cut]
    assert probes_tried(monkeypatch, kind="loss") == ["second 1", *cut, "huge"]
    assert probes_tried(monkeypatch, wrong_at=["main"]) == ["second 1"], "two runs are enough to name it"
    assert probes_tried(monkeypatch, wrong_at=["main"], probes=1) == []
    assert probes_tried(monkeypatch, wrong_at=["stratified"]) == ["second 1", "stratified"]
    assert probes_tried(monkeypatch, wrong_at=["square"]) == ["second 1", *cut], "nothing huge where something is wrong"
    assert probes_tried(monkeypatch, wrong_at=["main"], averaged=[1]) == ["second 1", "stratified"]


def test_conventions_that_are_taken_back_once(monkeypatch):
    monkeypatch.setattr(check, "averaged", lambda subject, runs: ["w"])
    monkeypatch.setattr(check, "told", lambda names, rest: (names, rest))
    for kind, already, taken in (("layer", [], True), ("layer", ["w"], False), ("loss", [], False), ("net", [], False)):
        times_m = []
        runner = SimpleNamespace(averaged=already, compare_times_m=times_m.append)
        mine = stage(kind, runner=runner, runs=[SimpleNamespace(numeric=n) for n in ({"x": 0, "w": 0}, {})])
        assert check.Check._averaged(mine) is taken
        assert mine.report.findings == [(["w"], ["x"])] * taken
        assert times_m == [["w"]] * taken


def test_the_whole_check_again_says_whether_large_values_stay_finite(monkeypatch):
    for findings, said in (([], check.VERIFIED), (["one"], check.REFUSED)):
        report, seen = SimpleNamespace(findings=findings), []
        made = lambda *a, seen=seen, report=report: seen.append(a) or SimpleNamespace(report=report, _run=int)  # noqa: E731
        monkeypatch.setattr(check, "Check", made)
        assert CHECK._stays_finite(stage(source="source", options=Options(seed=7))) == said
        assert seen[0][2] == Options(seed=7, repair=False)


CHECK = check.Check


def stages(monkeypatch, low=False, finite=True, constant=False, **contract):
    """The stages of a check in their order."""
    done = []
    monkeypatch.setattr(check, "find_batch", lambda subject, source: done.append("batch"))
    main = SimpleNamespace(values={"x": X.astype("f4" if low else "f8"), "y": np.arange(3, dtype="f4" if low else int)})
    monkeypatch.setattr(check.draws, "first", lambda source: main)
    contract = SimpleNamespace(**{"findings": [], "stop": False, "raised": False, "ran": False} | contract)
    runner = SimpleNamespace(native_low=None, run=lambda probe: "run" if finite else None)
    step = lambda name, answer=None: lambda *_: done.append(name) or answer  # noqa: E731
    others = ("_diagnose_raise", "_nonfinite", "_linearity", "_more_probes", "_never_returned", "_tensors", "_absorb")
    mine = stage(source=None, runner=runner, _constant=step("constant", constant),
                 _contracts=lambda values: done.append(values["x"].dtype.name) or contract,
                 **{name: step(name.strip("_")) for name in others})  # fmt: skip
    CHECK._run(mine)
    assert main.values["x"].dtype == np.float64
    assert runner.native_low is low
    assert mine.contract is contract
    assert mine.report.findings == contract.findings
    assert mine.runs == ["run"] * ("linearity" in done)
    return " ".join(done)


def test_stages_of_a_check_and_where_it_ends(monkeypatch):
    rest = "more_probes never_returned tensors absorb"
    assert stages(monkeypatch) == f"batch float64 linearity constant {rest}"
    assert stages(monkeypatch, low=True) == f"batch float32 float64 linearity constant {rest}"
    assert stages(monkeypatch, constant=True) == "batch float64 linearity constant tensors"
    assert stages(monkeypatch, finite=False) == "batch float64 nonfinite"
    assert stages(monkeypatch, findings=["alias"], raised=True, ran=True) == f"batch float64 linearity constant {rest}"
    assert stages(monkeypatch, stop=True, findings=["one"]) == "batch float64"
    assert stages(monkeypatch, stop=True, low=True, raised=True) == "batch float32"
    assert stages(monkeypatch, stop=True, ran=True) == "batch float64"
    assert stages(monkeypatch, stop=True, raised=True, ran=True) == "batch float64 diagnose_raise"


def test_cases_of_a_book_of_bugs():
    book, inputs = Casebook(), lambda rng, n: (X,)

    @book.layer("SIGN", np.exp, inputs)
    def wrong(dout, cache):
        return -dout

    @book.loss(None, inputs)
    def right(x):
        return 0.0, x

    @book.net("SCALE_TWO", inputs)
    def doubled(params, X, y):
        return 0.0, params

    assert [(c["name"], c["kind"], c["expected"]) for c in book.cases] == [
        ("wrong", "layer", "SIGN"), ("right", "loss", None), ("doubled", "net", "SCALE_TWO")
    ]  # fmt: skip
    assert (book.cases[0]["forward"], book.cases[0]["backward"]) == (np.exp, wrong)
    assert [c["forward"] for c in book.cases[1:]] == [right, doubled]
    assert all(c["inputs"] is inputs for c in book.cases)
