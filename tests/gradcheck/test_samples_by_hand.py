"""Samples that do not contribute, and kernels turned round: each family's limits, read off a few numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import kernels, samples
from tests.gradcheck.views_by_hand import view

J = np.array([[1.0, 2, 0, 4], [5, 6, 7, 8]])  # two samples of two outputs; the largest entry is 8


@pytest.mark.parametrize(
    ("times", "beside", "found"),
    [
        ([0, 1], 7.9e-5, [0, 1]), ([0, 1], 8.1e-5, None), ([0, 0.5], 7.9e-5, [0, 0.5]), ([0, 0.5], 8.1e-5, None),
        ([0, 3], 2.3e-4, [0, 3]), ([0, 3], 2.5e-4, None), ([0, -3], 2.3e-4, [0, -3]), ([2, 0], 0, [2, 0]),
    ],
)  # fmt: skip
def test_share_of_each_sample_by_the_jacobian(times, beside, found):
    ours = J * np.repeat(times, 2)
    ours[0, 2] += beside  # beside a numeric 0, so that no multiple takes it up
    told = samples._from_jacobian(view([1], [1], jac=J, ours=ours, out=np.zeros((2, 2)), n=2))
    assert found is None if told is None else told.tolist() == pytest.approx(found)


def test_share_of_a_sample_in_small_numbers():
    small = view([1], [1], jac=2e-6 * J, ours=2e-6 * J * [1, 0, 0, 0], out=np.zeros((2, 2)), n=2)
    assert samples._from_jacobian(small) is None
    assert samples._from_jacobian(view([1], [1], jac=J, ours=J, out=np.zeros((1, 4)), n=2)) is None, "no batch first"
    assert samples._from_jacobian(view([1], [1], jac=J, out=np.zeros((2, 2)), n=2)) is None, "no Jacobian of ours"
    three = view([1], [1], jac=J[:, :3], ours=J[:, :3] * [1, 0, 1], out=np.zeros(3), n=3)
    assert samples._from_jacobian(three).tolist() == [1, 0, 1]


def test_a_sample_without_a_gradient_tells_nothing():
    def shares(g, a):
        found = samples._multiples([(np.array(a), np.array(g)), (J[0], J[0])], 0.01, 0.02, lambda c: 0.001)
        return None if found is None else found.tolist()

    assert shares([0.009, 0], [0.0195, 0]) == [1, 1]
    assert shares([0.009, 0], [0.0205, 0]) is None
    assert shares([0.011, 0], [0.022, 0]) == [2, 1]
    assert shares([0.011, 0], [0.022, 0.0009]) == [2, 1]
    assert shares([0.011, 0], [0.022, 0.0011]) is None


def test_shares_are_one_constant_or_nothing():
    def shares(*times):
        rows = np.array([[1.0, 2], [3, -4], [5, 6]])
        found = samples._shares(view(np.array(times)[:, None] * rows, rows, n=3, kind="loss"))
        return None if found is None else found.tolist()

    assert shares(0, 1, 1.00005) == pytest.approx([0, 1, 1.00005])
    assert shares(0, 1, 1.0002) is None
    assert shares(1e-7, 1, 1) == pytest.approx([1e-7, 1, 1])
    assert shares(1.1e-6, 1, 1) is None
    assert shares(-2, 0, -2) == [-2, 0, -2]
    column = view([0.0, 2, 3], [1.0, 2, 3], n=3, kind="loss")
    assert samples._shares(column).tolist() == [0, 1, 1], "a number a sample"


@pytest.mark.parametrize(
    ("beside", "loud", "found"),
    [(3.9e-5, 0, [1, 0, 1]), (4.1e-5, 0, None), (0, 3.9e-6, [1, 0, 1]), (0, 4.1e-6, None)],
)
def test_rows_of_a_gradient_up_to_rounding(beside, loud, found):
    g = np.array([[1.0, 0], [0, 2], [0, 4]])  # the largest entry is 4
    told = samples._from_rows(view(g * [[1], [0], [1]] + [[beside, beside], [0, 0], [0, 0]], g, n=3))
    if not loud:
        g[0] = [1, 0]
        assert told is None if found is None else told.tolist() == pytest.approx(found, abs=1e-4)
        return
    g[2], a = 0, np.array([[4.0, 0], [0, 0], [loud, 0]])
    told = samples._from_rows(view(a, g * [[4], [1], [1]], n=3))
    assert told is None if found is None else told.tolist() == found


def batch_at(axis, kept, n=3, back=None, scale=1.0, **more):
    """A layer of outputs (2, n), (n, 2) or (n, n) whose backward weighs each sample by `kept`."""
    shape = {0: (n, 2), 1: (2, n), None: (n, n)}[axis]
    dout = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    jac = scale * np.vstack([np.ones(dout.size), np.arange(dout.size) % 4])
    weight = np.array(kept)[:, None] if axis != 1 else np.array(kept)
    made = view(jac @ (dout * weight).ravel(), jac @ dout.ravel(), jac=jac, out=dout, dout=dout, n=n, **more)
    made.evidence.subject.run = back or (lambda values, douts: (None, {"W": jac @ (douts[0] * weight).ravel()}))
    return made


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("kept", [[1, 0, 1], [0, 0, 1], [0.5, 0.5, 0]])
def test_one_backward_a_sample_whichever_axis_is_the_batch(axis, kept):
    assert samples._from_vjps(batch_at(axis, kept)).tolist() == pytest.approx(kept)
    assert samples._from_vjps(batch_at(axis, kept, scale=1e-12)).tolist() == pytest.approx(kept)
    told = samples.explain([batch_at(axis, kept), batch_at(axis, [*kept, kept[-1]], n=4)])
    which = [k for k in range(3) if kept[k]]
    assert told.evidence == {"samples": which, "N": 3}
    assert told.message == f"only sample {', '.join(map(str, which))} of 3 contributes"


def test_backwards_that_tell_nothing_of_single_samples():
    def back(returned):
        return lambda values, douts: (None, {"W": returned})

    for returned in (None, np.zeros(1), np.zeros(3)):
        with np.errstate(invalid="ignore"):  # as `diagnose` does
            assert samples._from_vjps(batch_at(0, [1, 0, 1], back=back(returned))) is None
    other = batch_at(0, [1, 0, 1])
    other.run.n = 5
    assert samples._from_vjps(other) is None, "no axis of the batch"
    several = batch_at(0, [1, 0, 1])
    several.jac = several.jac[:, :5]
    assert samples._from_vjps(several) is None, "a Jacobian by another output as well"
    assert samples._from_vjps(view([1], [1], n=2)) is None
    assert samples._from_vjps(batch_at(0, [0] + [1] * 19, n=20)) is not None
    assert samples._from_vjps(batch_at(0, [0] + [1] * 20, n=21)) is None, "too many backwards"


def test_kinks_are_left_out_of_a_backward_a_sample():
    made = batch_at(0, [1, 0, 1], kink=[False, True])
    run = made.evidence.subject.run
    made.evidence.subject.run = lambda v, d: (None, {"W": run(v, d)[1]["W"] + [0, 7]})
    assert samples._from_vjps(made).tolist() == [1, 0, 1]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("at", "most"), [(0, 1e-5), (1, 1e-5)])
def test_backward_a_sample_up_to_rounding(at, most, sign):
    jac = np.array([[2.0, 0], [0, 0], [0, 0]])  # nothing comes from the second sample
    for share, found in ((0.99, [1, 1]), (1.01, None)):
        made = view([2, 0, 0], [2, 0, 0], jac=jac, out=[0, 0], n=2)
        rest = np.zeros((3, 2))
        rest[1, at] = sign * share * most * 2  # of the largest entry, 2
        made.evidence.subject.run = lambda v, d, m=jac + rest: (None, {"W": m @ d[0]})
        told = samples._from_vjps(made)
        assert told is None if found is None else told.tolist() == pytest.approx(found)


def one_sample(which, times=1.0, n=3, size=4, kind="loss", axes=None, **more):
    """The mean over x_i y_i times a vector c, and the gradient that sample `which` alone has; c and s are no batch."""
    x = (np.arange(1.0, 1 + n * size) ** 2).reshape(n, size) % 17 + 1
    values = {"X": x, "y": np.arange(1.0, n + 1), "c": np.ones(size), "s": np.ones(2), "T": x.T}
    made = view(times * x[which] * (which + 1), x.T @ values["y"] / n, n=n, kind=kind, values=values, **more)
    usual = [("X", 0), ("y", 0), ("c", 0), ("s", 1), ("s", 2), ("T", 1)]
    made.evidence.source = SimpleNamespace(batch_axes=usual if axes is None else axes)

    def derivative(v):
        assert v["s"].shape == (2,)
        np.testing.assert_array_equal(v["T"], v["X"].T)
        return SimpleNamespace(value=v["X"].T @ v["y"] / n * v["c"])

    made.derivative = derivative
    return made


@pytest.mark.parametrize(("n", "size"), [(3, 4), (2, 4), (12, 64), (2, 3)])
def test_gradient_of_one_sample_alone(n, size):
    for which in range(n):
        assert samples._alone(one_sample(which, n=n, size=size)) == which
        assert samples._alone(one_sample(which, 1 / n, n=n, size=size)) == which
    assert samples._alone(one_sample(1, 1 / n**2, n=n, size=size)) is None


@pytest.mark.parametrize(
    "more",
    [{"kind": "layer"}, {"lifted": True}, {"axes": []}, {"n": 1}, {"n": 13, "size": 20}, {"size": 2}, {"size": 65}],
)
def test_gradient_that_is_not_asked_for_one_sample(more):
    assert samples._alone(one_sample(0, **more)) is None


def test_one_sample_on_every_probe():
    told = samples.alone([one_sample(1), one_sample(0, n=2)])
    assert told.message == "the gradient is that of sample 1 of 3 alone"
    assert told.evidence == {"samples": [1], "N": 3}
    assert samples.alone([one_sample(0), one_sample(0, 2.0)]) is None
    assert samples.alone([one_sample(0)]).evidence["samples"] == [0]


K = np.arange(1.0, 13).reshape(2, 2, 3) ** 2


def turned(axes, kernel=K, name="W", **more):
    """The gradient is the kernel itself; ours is the kernel turned round."""
    values = {"b": np.ones(3), "flat": kernel[0], "K": kernel}
    made = view(np.flip(kernel, axes), kernel, name=name, values=values, **more)
    made.derivative = lambda v: SimpleNamespace(value=v["K"], bound=0.0, kink=False)
    return made


@pytest.mark.parametrize(
    ("axes", "along", "fix"), [((-1,), "2", "(-1,)"), ((-2, -1), "2 and 1", "(-2, -1)"), ((-2,), "1", "(-2,)")]
)
def test_kernel_that_is_turned_round(axes, along, fix):
    told = kernels.explain([turned(axes), turned(axes, K[:, :, :2])])
    assert (told.code, told.evidence) == ("TRANSPOSED", {"axes": axes})
    assert told.message == f"right for K turned round along axis {along}: the kernel is (not) flipped on the way back"
    assert told.fix == f"np.flip(K, {fix}), or without it"
    assert kernels.explain([turned(axes), turned(())]) is None, "not on every probe"


def test_arrays_that_are_no_kernel_to_turn():
    assert kernels.explain([turned((-1,), name="K")]) is None, "its own"
    assert kernels.explain([turned((-1,), K[0])]) is None, "of two axes"
    assert kernels.explain([turned((-1,), lifted=True)]) is None
    assert kernels.explain([turned((-1,), kind="loss")]) is None
    assert kernels.explain([turned((-1,), kind="net")]) is None
    assert kernels.explain([turned((0,))]) is None, "along another axis"
