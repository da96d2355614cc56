"""Models of a user's own, called with the sizes under whatever name their signature has for them."""

import pytest

from base.user_code import UserCodeError
from models.own_models import INPUTS, OUTPUTS, own_model

SOURCE = """
class Net:
    def __init__(self, {columns}, {scores}, rng=None):
        self.sizes = {columns}, {scores}
        self.params = {{}}

    def loss(self, X, y=None):
        return X
"""


@pytest.mark.parametrize(("columns", "scores"), [*zip(INPUTS, OUTPUTS, strict=True), ("in_dim", "n_classes")])
def test_sizes_go_by_many_names(tmp_path, columns, scores):
    path = tmp_path / "net.py"
    path.write_text(SOURCE.format(columns=columns, scores=scores), encoding="utf-8")
    assert own_model(f"{path}:Net", 13, 3, 0).sizes == (13, 3)


def made(tmp_path, source, **settings):
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    return own_model(f"{tmp_path / 'net.py'}:build", 13, 3, 7, **settings)


BUILD = """
class Net:
    params = {{}}
    loss = None

    def __init__(self, **given):
        self.given = given

def build({arguments}):
    return Net({handed})
"""


@pytest.mark.parametrize(
    ("arguments", "handed", "settings", "given"),
    [
        ("", "", {}, {}),
        ("seed", "seed=seed", {}, {"seed": 7}),
        ("rng", "rng=rng", {}, {"rng": 7}),
        ("rng, seed=0", "rng=rng, seed=seed", {}, {"rng": 7, "seed": 0}),  # they say the same
        ("n_in, reg=1", "n_in=n_in, reg=reg", {"reg": 0.5}, {"n_in": 13, "reg": 0.5}),
        ("reg=1", "reg=reg", {}, {"reg": 1}),
        ("reg", "reg=reg", {"required": {"reg": 2}}, {"reg": 2}),
        ("n_out, *more, **others", "n_out=n_out, more=more, others=others", {}, {"n_out": 3, "more": (), "others": {}}),
    ],
)
def test_a_function_is_given_what_it_names(tmp_path, arguments, handed, settings, given):
    assert made(tmp_path, BUILD.format(arguments=arguments, handed=handed), **settings).given == given


@pytest.mark.parametrize(
    ("source", "settings", "message"),
    [
        (BUILD.format(arguments="", handed=""), {"required": {"hidden": 5}}, "hidden goes with an mlp; "),
        (BUILD.format(arguments="depth, width, reg", handed=""), {},
         "build needs depth, width, reg, which nobody has: give a default, or take some of input_dim,"
         " num_classes, seed, rng (or input_size, n_in, n_inputs, num_inputs, ...; output_size, n_out, n_outputs,"
         " num_outputs, ...)"),
        ("def build():\n    return 5\n", {}, "build has no 'params': a model has params and loss(X, y)"),
        ("class build:\n    params = 1\n", {}, "build has no 'loss': a model has params and loss(X, y)"),
        ("build = 5\n", {}, "build is"),
    ],
)  # fmt: skip
def test_what_gives_no_model_is_said(tmp_path, source, settings, message):
    with pytest.raises(UserCodeError) as caught:
        made(tmp_path, source, **settings)
    assert message in str(caught.value)
