"""One run on a probe: what counts as wrong, as compared and as known, whose size it has, and what the report keeps."""

import numpy as np
import pytest
from runs_by_hand import derivative, judgement, run

from gradcheck.options import Options
from gradcheck.probe_runner import ProbeRunner
from gradcheck.subject.adapters import LayerSubject
from gradcheck.subject.gradients import MISSING

T = np.array([1.0, 2, 4])


def test_what_is_wrong_in_the_order_of_the_gradients():
    names = ("a", "b", "c", "d", "e")
    judged = {"e": judgement([False, True]), "b": judgement([False, False], convention=[True, False])}
    found = run(analytic=dict.fromkeys(names), judged=judged, misshapen={"d": 0}, absent={"a": None, "z": None})
    assert found.bad() == ["a", "d", "e"], "the convention at a kink is no fault here"


def test_elements_that_were_compared():
    numeric = {
        "x": derivative([[1.0, 2], [3, 4]], kink=[[True, False], [False, False]]),
        "w": derivative([1.0, 2, 3], kink=[True, True, False], checked=[True, False, True]),
    }
    assert run(numeric=numeric).compared(kinks=True) == 4 + 2
    assert run(numeric=numeric).compared(kinks=False) == 3 + 1


def test_the_arrays_of_a_run_each_value_once():
    x, w, bits = np.array([1.0, 2]), np.array([[3.0], [4]]), np.array([True, False])
    values = {"#X": x, "w": w, "m": bits, "k": 2.0, "name": "text", "one": np.array(5.0), "none": np.zeros(0)}
    values |= {"far": np.array([1.0, np.inf]), "again": x.copy(), "column": x[:, None], "words": np.array(["a"])}
    found = run(values, [w + 1, x], [w + 2], {"h": w + 3, "x": x}).known_arrays
    assert [name for name, _ in found] == ["X", "w", "m", "column", "out", "dout", "cache h"]
    assert found[2][1].tolist() == [1.0, 0.0]
    assert {a.dtype for _, a in found} == {np.dtype(float)}
    assert [name for name, _ in run({"x": x}, cache=w).known_arrays] == ["x", "cache"], "the cache is the array"
    many = run({f"v{k}": np.array([k, 1.0]) for k in range(50)}).known_arrays
    assert [name for name, _ in many] == [f"v{k}" for k in range(40)]


def test_what_the_report_keeps_of_a_gradient():
    d = derivative([1.0, 2, 3], kink=[True, False, False], method="by hand")
    j = judgement([True, False, False], [False, True, False], [False, False, True], 7.0)
    result = run(analytic={"x": np.array([1, 2, 4])}, numeric={"x": d}, judged={"x": j}).result("x")
    assert result.analytic.tolist() == [1, 2, 4]
    assert result.numeric is d.value
    assert result.bound is d.bound
    assert result.kink_mask.tolist() == [True, False, False]
    assert result.bad_mask.tolist() == [True, True, False], "here the convention counts"
    assert result.inconclusive_mask.tolist() == [False, False, True]
    assert (result.excess, result.method, result.h, result.checked) == (7.0, "by hand", 2e-4, 3)
    for nothing in (None, MISSING):
        absent = run(analytic={"x": nothing}, numeric={"x": d}).result("x")
        assert np.isnan(absent.analytic).all()
        assert absent.analytic.shape == (3,)
        assert absent.bad_mask.tolist() == [True] * 3
        assert absent.inconclusive_mask.tolist() == [False] * 3
        assert absent.excess == float("inf")
    part = derivative([1.0, 2, 3], checked=[True, False, True])
    assert run(analytic={"x": np.ones(3)}, numeric={"x": part}).result("x").checked == 2


@pytest.mark.parametrize(
    ("cut", "whole", "same"),
    [
        ((3, 2), (5, 2), True), ((3,), (5,), True), ((), (), True), ((4, 2), (4, 2), True), ((2, 3), (2, 5), True),
        ((3, 4), (5, 2), False), ((4, 2), (5, 2), False), ((3,), (5, 1), False), ((3,), (), False),
        ((2, 4), (2, 5), False), ((2, 3), (4, 5), False), ((4, 3), (2, 5), False), ((4, 2), (6, 2), True),
        ((2, 4, 3), (2, 4, 5), True), ((2, 1, 3), (2, 4, 5), False), ((2, 2), (5, 2), False),
        ((2, 3, 1), (2, 5, 1), False), ((3, 2, 1), (5, 2, 1), True), ((3, 2, 2), (5, 2, 1), False),
    ],
)  # fmt: skip
def test_outputs_of_three_rows_are_cut_from_those_of_five(cut, whole, same):
    main = run(outs=[np.zeros(whole)], n=5)
    assert run(outs=[np.zeros(cut)]).same_kind(main) is same
    assert run(outs=[np.zeros(()), np.zeros(cut)]).same_kind(run(outs=[np.zeros(()), *main.outs], n=5)) is same
    resized = run(outs=[np.zeros(cut)], name="resized").same_kind(main)
    assert resized is (len(cut) == len(whole)), "of other sizes, only the axes count"


def test_gradients_that_would_pass():
    subject = LayerSubject(lambda x: (x, None), lambda dout, _: dout, ("x",), None)
    runner = lambda **options: ProbeRunner(subject, Options(**options))  # noqa: E731
    a_run = run({"x": T, "w": T}, douts=[np.ones(3)], numeric={"x": derivative(T), "w": derivative(2 * T)})
    passes = lambda **grads: runner().passes(a_run, grads)  # noqa: E731
    assert passes(x=T, w=2 * T)
    assert passes(x=T, w=2 * T, z=None), "nobody asks for z"
    assert not passes(x=T)
    assert not passes(x=T, w=None)
    assert not passes(x=T, w=2 * T[:, None])
    assert not passes(x=T, w=(2 * T).astype(int))
    assert not passes(x=T, w=2 * T + 1e-6)
    at_kink = derivative([0.5], kink=[True], left=np.array([0.0]), right=np.array([1.0]), lonely=np.array([True]))
    kinked = run({"x": np.zeros(1)}, douts=[np.ones(1)], numeric={"x": at_kink})
    assert runner().passes(kinked, {"x": np.zeros(1)})
    assert not runner().passes(kinked, {"x": np.ones(1)}), "relu' (0) = 0"
    assert runner(kinks="interval").passes(kinked, {"x": np.ones(1)})
    assert runner(dtype_tol=0.1).passes(a_run, {"x": (T + 0.05).astype("f4"), "w": 2 * T})
