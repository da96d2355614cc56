"""Which elements may be moved together, planned from shapes and audited; and which arguments returned gradients are."""

import numpy as np
import pytest

import gradcheck
from gradcheck.classes.returned import unpacked
from gradcheck.numeric.structure import audit, fallback, plan


def test_a_bias_of_an_affine_map_moves_all_of_its_columns_at_once():
    found = plan("affine", 2, (3,), (5, 3), (5, 4))
    assert found.name == "affine"
    assert found.group.tolist() == [0, 0, 0]
    assert found.owner.tolist() == [[0, 1, 2] * 5]
    assert plan("affine", 2, (5,), (5, 3), (5, 4)) is None
    assert plan("affine", 2, (1, 3), (5, 3), (5, 4)).name == "affine"


def test_a_weight_of_an_affine_map_moves_a_row_at_once():
    found = plan("affine", 1, (4, 3), (5, 3), (5, 4))
    assert found.group.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    for g in range(4):
        assert found.owner[g].tolist() == [3 * g, 3 * g + 1, 3 * g + 2] * 5
    assert plan("affine", 1, (3, 4), (5, 3), (5, 3)) is None


@pytest.mark.parametrize(
    ("declared", "shape", "out", "lead", "name"),
    [
        (None, (5, 3), (5, 3), (5, 3), "elementwise"),
        ("elementwise", (5,), (5,), (5,), "elementwise"),
        ("rows", (5, 3), (5, 3), (5, 3), "rows"),
        (None, (5, 3), (5, 2), (5, 3), "rows"),
        (None, (4, 3), (5, 3), (5, 3), None),  # other rows than the outputs
        (None, (5, 3), (5, 3), (4, 3), None),  # other rows than the first argument
        (None, (5,), (5, 3), (5, 3), None),  # a vector that is no row of anything
        (None, (), (5, 3), (5, 3), None),
        (None, (5, 3), (), (5, 3), None),
        (None, (5, 3), (5, 3), (), None),
    ],
)
def test_a_structure_is_guessed_from_the_shapes(declared, shape, out, lead, name):
    found = plan(declared, 0, shape, out, lead)
    assert (found and found.name) == name


def test_rows_own_the_outputs_of_their_row():
    found = plan("rows", 0, (2, 3), (2, 2), (2, 3))
    assert found.group.tolist() == [0, 1, 2, 0, 1, 2]
    assert found.owner.tolist() == [[0, 0, 3, 3], [1, 1, 4, 4], [2, 2, 5, 5]]


def test_after_elementwise_come_rows_and_then_nothing():
    elementwise = plan("elementwise", 0, (2, 3), (2, 3), (2, 3))
    rows = fallback(elementwise, (2, 3), (2, 3))
    assert rows.name == "rows"
    assert fallback(rows, (2, 3), (2, 3)) is None
    assert fallback(plan("elementwise", 0, (3,), (3,), (3,)), (3,), (3,)) is None


@pytest.mark.parametrize("factor", [1.0, 1.001, 0.0, -1.0])
def test_an_audit_accepts_the_jacobian_alone(factor):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(4), rng.standard_normal((4, 3))
    assert audit(lambda v: v["x"] @ w, {"x": x}, "x", factor * w, x @ w) == (factor == 1)


def test_an_audit_that_sees_rounding_alone_accepts_nothing():
    base = np.full(3, 1e12)
    tiny = np.full((4, 3), 1e-9)
    assert not audit(lambda v: base + v["x"] @ tiny, {"x": np.ones(4)}, "x", tiny, base)
    assert not audit(lambda v: 1 / 0, {"x": np.ones(4)}, "x", np.ones((4, 3)), np.ones(3))


def test_gradients_of_all_but_a_mask_belong_to_what_can_be_differentiated():
    """Three arguments of one shape, two gradients: shapes cannot tell, but nobody differentiates by a mask."""
    rng = np.random.default_rng(1)
    x, w, mask = rng.standard_normal((3, 3)), rng.standard_normal((3, 3)), np.eye(3)

    def forward(x, mask, w):
        return (x * mask) @ w, (x, mask, w)

    def backward(dout, cache):
        x, mask, w = cache
        return (dout @ w.T) * mask, (x * mask).T @ dout

    report = gradcheck.layer(forward, backward, x, mask, w)
    assert report.ok, str(report)
    np.testing.assert_allclose(report.tensors["w"].analytic, report.tensors["w"].numeric, rtol=1e-8)

    def wrong(dout, cache):
        dx, dw = backward(dout, cache)
        return dx, 2 * dw

    faulty = gradcheck.layer(forward, wrong, x, mask, w)
    assert {finding.where for finding in faulty.findings} == {"w"}


class Unpacks:
    def by_names(self):
        W, b = self.params
        return W, b

    def by_attributes(self):
        self.W, self.b = self.params

    def to_one(self):
        params = self.params
        return [params, params]

    def of_something_else(self):
        W, b = self.weights
        return W, b


def test_parameters_have_the_names_that_a_method_unpacks_them_to():
    found = {name: unpacked(vars(Unpacks)[name]) for name in vars(Unpacks) if name[0] != "_"}
    assert found == {"by_names": ["W", "b"], "by_attributes": [], "to_one": [], "of_something_else": []}
