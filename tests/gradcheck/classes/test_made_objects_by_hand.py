"""What a constructor is given at its first, second and third call, and which calls follow it."""

import numpy as np
import pytest

from gradcheck.classes import construct
from gradcheck.classes.undrawn import UndrawnError


def made(cls):
    return construct.construct(cls, np.random.default_rng(0))


def picky(name, parameter, wanted):
    """A class that takes one value or shape of its parameter alone."""

    def init(self, given):
        self.got = given.shape if isinstance(given, np.ndarray) else given
        if self.got != wanted:
            raise ValueError(self.got)

    scope = {"init": init}
    exec(f"def __init__(self, {parameter}): init(self, {parameter})", scope)
    return type(name, (), {"__init__": scope["__init__"]})


@pytest.mark.parametrize(
    ("name", "parameter", "tried"),
    [
        ("Layer", "input_shape", [(6,), (2, 4, 4), (4, 4)]),
        ("Layer", "x_shape", [(6,), (2, 4, 4), (4, 4)]),
        ("Layer", "shape", [(6,), (2, 4, 4), (4, 4)]),
        ("ConvLayer", "in_shape", [(2, 4, 4), (4, 4, 2), (4, 4)]),
        ("ConvLayer", "input_size", [(2, 4, 4), (4, 4, 2), (4, 4)]),
        ("ConvLayer", "input_dim", [(2, 4, 4), (4, 4, 2), (4, 4)]),
        ("Layer", "W", [(6, 3), (3, 6)]),
        ("Layer", "weights", [(6, 3), (3, 6)]),
        ("Layer", "b", [(3,), (3, 1)]),
        ("Layer", "gamma", [(6,), (6, 1)]),
        ("Conv2d", "W", [(4, 2, 3, 3), (3, 3, 2, 4)]),
        ("LSTM", "Wx", [(6, 16), (16, 6)]),
    ],
)  # fmt: skip
def test_values_of_three_calls(name, parameter, tried):
    for wanted in tried:
        assert made(picky(name, parameter, wanted)).got == wanted
    for other in ((2, 4), (1,)):
        with pytest.raises(UndrawnError, match=rf"{name}\({parameter}\) cannot be made"):
            made(picky(name, parameter, other))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("input_size", 6), ("input_dim", 6), ("filters", 4), ("kernel", 3), ("bias", True), ("beta", 0.3), ("w", (6, 3)),
     ("u", (6, 4)), ("sizes", [6, 4, 3]), ("is_first", False), ("use_units", False), ("alpha", 0.3)],
)  # fmt: skip
def test_values_of_names_with_several_meanings(parameter, value):
    assert made(picky("Layer", parameter, value)).got == value


def test_a_beta_beside_a_gamma_is_an_array():
    class Norm:
        def __init__(self, gamma, beta):
            self.gamma, self.beta = gamma, beta

    assert made(Norm).beta.shape == (6,)


def test_annotations_say_what_a_name_does_not():
    class Layer:
        def __init__(self, units: bool, n: int):
            self.got = units, n

    class Rate:
        def __init__(self, units: float):
            pass

    assert made(Layer).got == (False, 3)
    with pytest.raises(UndrawnError, match="Rate needs units, which cannot be drawn"):
        made(Rate)


def test_defaults_are_replaced_at_the_first_call_alone():
    class Picky:
        def __init__(self, W, reg=0.0):
            if reg:
                raise ValueError(reg)
            self.got = W.shape, reg

    assert made(Picky).got == ((3, 6), 0.0)


@pytest.mark.parametrize(
    ("default", "names", "value"),
    [(None, "rng generator random_state", np.random.Generator), (None, "input_dim input_size in_features n_inputs", 6),
     (None, "input_shape in_shape", (6,)), (7, "seed", 0), (21, "units num_classes", 3), (784, "input_size", 6),
     (0.0, "reg l2", 0.1), (0.09, "weight_scale weight_init_std std", 0.5)],
)  # fmt: skip
def test_defaults_that_are_replaced(default, names, value):
    for name in names.split():
        scope = {"default": default}
        exec(f"def __init__(self, {name}=default): self.got = {name}", scope)
        got = made(type("Layer", (), {"__init__": scope["__init__"]})).got
        assert isinstance(got, value) if isinstance(value, type) else got == value


@pytest.mark.parametrize(("default", "names"), [(20, "units input_size"), (0.1, "std weight_scale"), (0.01, "gain"),
                                                (True, "bias"), (3, "rng"), (None, "units")])  # fmt: skip
def test_defaults_that_are_kept(default, names):
    for name in names.split():
        scope = {"default": default}
        exec(f"def __init__(self, {name}=default): self.got = {name}", scope)
        assert made(type("Layer", (), {"__init__": scope["__init__"]})).got == default


def test_weights_of_the_global_stream_are_of_seed_0_and_the_stream_is_put_back():
    class Layer:
        def __init__(self):
            self.W = np.random.randn(3)  # noqa: NPY002

    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert made(Layer).W.tolist() == np.random.RandomState(0).randn(3).tolist()
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    ("held", "built"),
    [({}, True), ([], True), ({"W": 1}, False), ([0], False), (np.zeros(2), False), (np.zeros(0), True), (3, True)],
)
def test_a_layer_without_weights_is_built(held, built):
    class Late:
        def __init__(self):
            self.held, self.built = held, False

        def build(self, input_shape, units):
            self.built = (input_shape, units) == ((6,), 3)

    assert made(Late).built is built


def test_a_step_is_one_along_the_gradient():
    step = construct.Step()
    assert (step.lr, step.learning_rate, step.update(5.0, 2.0)) == (1.0, 1.0, 3.0)
