"""A net of two layers seen from within: its stages, what comes back to each, and the fault that is told of them."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import pre_activations
from gradcheck.diagnosis.families.pre_activations import chain, lifted
from tests.gradcheck import nets_by_hand
from tests.gradcheck.nets_by_hand import BACK, DS, DSQ, DZ, EVIDENCE, SQUARE, H, X, Z, gradients, run_of

W1, B1, W2, B2 = nets_by_hand.W1, nets_by_hand.B1, nets_by_hand.W2, nets_by_hand.B2

RIGHT = gradients()


def explained(analytic, evidence=EVIDENCE, **more):
    with np.errstate(all="ignore"):  # as `diagnose` does
        return pre_activations.explain(evidence, [run_of(analytic, **more)], ["W1"])


def told(analytic, **more):
    ((where, one),) = explained(analytic, **more)
    return where, one.code, one.message, one.evidence["follows"]


def test_stages_of_a_net():
    first, second = chain(run_of(RIGHT))
    assert (first.weight, first.bias, first.flipped, first.activation) == ("W1", "b1", False, "relu")
    assert (second.weight, second.bias, second.flipped, second.activation) == ("W2", "b2", False, "relu")
    for found, right in ((first.h, X), (first.z, Z), (second.h, H), (second.z, H @ W2 + B2), (second.w, W2)):
        np.testing.assert_allclose(found, right)
    np.testing.assert_allclose(first.dz(), DZ, atol=1e-12)
    np.testing.assert_allclose(second.dz(), DS, atol=1e-12)


def test_stages_without_biases_and_with_a_penalty():
    first, second = chain(run_of(RIGHT, RIGHT | {"W1": RIGHT["W1"] + 0.3 * W1, "W2": RIGHT["W2"] + 0.3 * W2}))
    np.testing.assert_allclose(first.dz(), DZ, atol=1e-12)
    np.testing.assert_allclose(second.dz(), DS, atol=1e-12)
    z, h = Z - B1, np.maximum(Z - B1, 0)
    numeric = gradients(h=h)
    stages = chain(run_of(RIGHT, {n: numeric[n] for n in ("W1", "W2")}, b1=None, b2=None))
    assert [(s.weight, s.bias) for s in stages] == [("W1", None), ("W2", None)]
    assert stages[0].activation == "relu"
    np.testing.assert_allclose(stages[0].z, z)
    np.testing.assert_allclose(stages[1].z, h @ W2)


@pytest.mark.parametrize(
    ("name", "of"), [("tanh", np.tanh), ("sigmoid", lambda z: 1 / (1 + np.exp(-z))), ("identity", lambda z: z)]
)
def test_activation_that_the_numeric_gradients_admit(name, of):
    first, second = chain(run_of(RIGHT, gradients(h=of(Z))))
    assert first.activation == name
    np.testing.assert_allclose(second.h, of(Z))
    assert [s.weight for s in chain(run_of(RIGHT, gradients(h=Z**3)))] == ["W1"], "one that is not known"


def test_weights_of_outputs_by_inputs():
    def turn(name, t):
        return t.T if name in ("W1", "W2") else t

    wide = np.hstack([W1, W1[:, :1] - 1])  # five units, so that W1 is not square
    z = X @ wide + np.append(B1, 1)
    h = np.maximum(z, 0)
    w2 = np.vstack([W2, [1.0, 1, 1]])
    dz = DS @ w2.T * (z > 0)
    numeric = gradients(dz=dz, h=h)
    run = run_of(numeric, numeric, turn, W1=wide, b1=np.append(B1, 1), W2=w2)
    first, second = chain(run)
    assert (first.flipped, second.flipped) == (True, True)
    assert first.w.shape == (4, 5)
    np.testing.assert_allclose(second.z, h @ w2 + B2)
    np.testing.assert_allclose(lifted(EVIDENCE, run, [first, second], 0).g, dz, atol=1e-12)
    assert chain(run_of(RIGHT, None, lambda n, t: t.T if n == "W1" else t)) == [], "a square one is not turned"


def test_data_of_a_net():
    assert len(chain(run_of(RIGHT, X=X.reshape(2, 2, 2)))) == 2, "images"
    assert len(chain(run_of(RIGHT, scale=np.array([2.0]), before=None))) == 2
    assert chain(run_of(RIGHT, X=X[0])) == []
    assert chain(run_of(RIGHT, X=None)) == []
    assert chain(run_of(RIGHT, X=X.astype(int))) == []
    assert chain(run_of(RIGHT, X=X[:, :3])) == [], "data of another width"
    assert len(chain(run_of(RIGHT, RIGHT | {"#2": np.eye(2)}, **{"#2": np.eye(2)}))) == 2, "no parameter of the net"


def test_gradient_that_comes_back_to_the_scores():
    run = run_of(gradients(ds=2 * DS))
    seen = lifted(EVIDENCE, run, chain(run), 1)
    np.testing.assert_allclose(seen.a, 2 * DS, atol=1e-12)
    np.testing.assert_allclose(seen.g, DS, atol=1e-12)
    np.testing.assert_allclose(seen.e, 0.5e-9)
    np.testing.assert_allclose(seen.x, H @ W2 + B2)
    assert ([name for name, _ in seen.extra], seen.unmasked, seen.lifted, seen.name) == (["z", "h"], None, True, "W2")


def test_gradient_that_comes_back_to_the_hidden_units():
    run = run_of(gradients(dz=BACK))
    seen = lifted(EVIDENCE, run, chain(run), 0)
    np.testing.assert_allclose(seen.a, BACK, atol=1e-12)
    np.testing.assert_allclose(seen.g, DZ, atol=1e-12)
    np.testing.assert_allclose(seen.unmasked, BACK, atol=1e-12)
    assert [n for n, _ in seen.extra] == ["z", "h"]
    np.testing.assert_allclose(dict(seen.extra)["h"], H)
    numeric = gradients(DSQ, DSQ @ SQUARE.T * (Z > 0))
    run = run_of(numeric, numeric, W2=SQUARE, b2=np.append(B2, 1))
    seen = lifted(EVIDENCE, run, chain(run), 0)
    np.testing.assert_allclose(dict(seen.extra)["untransposed"], DSQ @ SQUARE * (Z > 0), atol=1e-12)


def test_gradients_that_cannot_be_carried_back():
    def seen(**wrong):
        run = run_of(RIGHT | wrong)
        return lifted(EVIDENCE, run, chain(run), 1)

    assert seen(W2=None) is None
    assert seen(W2=RIGHT["W2"].T) is None
    assert seen(W2=RIGHT["W2"] * np.nan) is None
    assert seen(W2=RIGHT["W2"] + np.eye(4, 3)) is None
    for bias in (RIGHT["b2"] + 1, None, RIGHT["b2"][:2]):
        np.testing.assert_allclose(seen(b2=bias).a, DS, atol=1e-12)
    np.testing.assert_allclose(seen(b1=None).a, DS, atol=1e-12)


def test_fault_at_the_scores():
    where, code, message, follows = told(gradients(-DS, -DZ))
    assert (where, code, follows) == ("W2", "SIGN", ["W1", "b1", "b2"])
    assert message.startswith("at the scores z: analytic = -numeric")
    kept = np.array([[0.0], [1]])
    assert told(gradients(kept * DS, kept * DZ))[1] == "BATCH_SUBSET"
    hot = np.eye(3)[[2, 0]]
    assert told(gradients(DS + hot / 2, DZ))[1] == "LABEL_TERM"


def test_fault_at_the_hidden_units():
    where, code, message, follows = told(gradients(dz=BACK))
    assert (where, code, follows) == ("W1", "MASK_MISSING", ["b1"])
    assert message.startswith("at the hidden pre-activation z: right where active")
    assert explained(gradients(dz=DZ + np.eye(4)[[3, 0]] / 2), y=np.array([3, 0])) == [], "no scores"
    square = {"W2": SQUARE, "b2": np.append(B2, 1)}
    right = gradients(DSQ, DSQ @ SQUARE.T * (Z > 0))
    where, code, message, _ = told(gradients(DSQ, DSQ @ SQUARE * (Z > 0)), numeric=right, **square)
    assert (where, code) == ("W1", "TRANSPOSED")
    assert message == "at the hidden pre-activation z: the gradient comes back through W, should be through W.T"
    cube = gradients(h=Z**3)  # the chain ends before the scores
    assert told(cube | {"W1": -cube["W1"], "b1": -cube["b1"]}, numeric=cube)[2].startswith("at the hidden")


def test_nothing_to_tell_of_a_net():
    assert explained(RIGHT) == []
    assert explained(gradients(2 * DS, 2 * DZ), X=X[0]) == []
    assert explained(gradients(ds=DS * [[1, 2, 3], [0.3, 0.2, 0.7]])) == [], "at the scores, and no family fits"
    almost = explained(gradients(dz=DZ * (1 + 9e-7)))
    assert almost == [], "as good as right"


def test_further_runs_of_fewer_rows():
    many = np.vstack([X, X + 1, X - 1])  # as many rows as inputs and a bias admit anything
    run = run_of(gradients(dz=BACK), X=many)
    fewer = SimpleNamespace(subject=EVIDENCE.subject, fewer_rows=lambda runs: [run_of(gradients(dz=BACK))])
    ((where, one),) = pre_activations.explain(fewer, [run], ["W1"])
    assert (where, one.code) == ("W1", "MASK_MISSING")
    cube = gradients(h=Z**3, ds=3 * DS)
    shorter = run_of(cube, cube)
    found = pre_activations.explain(EVIDENCE, [shorter, run_of(gradients(dz=BACK))], ["W1"])
    assert [(w, e.code) for w, e in found] == [("W1", "MASK_MISSING")], "the longest chains count"


def test_weight_formed_with_another_operand():
    for h, words in ((Z, "the pre-activation"), (X, "the input")):
        for penalty in (0, 0.3):
            wrong = RIGHT | {"W2": h.T @ DS + penalty * W2}
            ((where, one),) = explained(wrong)
            assert (where, one.code) == ("W2", "WRONG_POINT")
            assert one.message == f"dW2 is formed with {words} instead of the activation"
    assert explained(RIGHT | {"W2": Z.T @ DS + 0.01}) == []
    assert explained(RIGHT | {"W2": None}) == []
    assert explained(RIGHT | {"W2": (Z.T @ DS).T}) == []
    assert explained(RIGHT | {"W1": Z.T @ DZ}) == [], "the first has no other operand"


def test_bias_summed_over_the_units():
    def axis(b2, name="b2"):
        run = run_of(RIGHT | {"b2": b2})
        return pre_activations.bias_axis(EVIDENCE, [run], name)

    found = axis(DS.sum(1))
    assert (found.code, found.fix) == ("WRONG_AXIS", ".sum(axis=0)")
    assert axis(DS.sum(1)[:, None]) is not None
    assert axis(DS.sum(1) + np.array([0, 1e-3])) is None
    assert axis(np.zeros(5)) is None
    assert axis(DS.sum(1), "b1") is None


def test_other_layouts_of_a_net():
    def column(name, t):
        return t.T if t.ndim == 2 else t

    assert told(gradients(dz=BACK), change=column)[:2] == ("W1", "MASK_MISSING")

    def row(name, t):
        return t.reshape(1, -1) if name.startswith("b") else t

    assert told(gradients(dz=BACK), change=row)[::3] == ("W1", ["b1"])
