"""Tests the tests: each planted bug must be killed by a check of the registry or by a hand-worked value."""

import hand_worked
import pytest
from layer_checks import CHECKS, gradients
from mutants import MUTANTS, planted

from layers import Layer, registered


def killers(layer: Layer) -> list[str]:
    """The names of the checks that the layer fails."""
    failed = [check.__name__ for check in CHECKS if _fails(check, layer)]
    if layer.name in hand_worked.BY_NAME and _raises(hand_worked.BY_NAME[layer.name], layer):
        failed.append("hand_worked")
    return failed


def _fails(check, layer: Layer) -> bool:
    return any(_raises(check, layer, n, dict(settings)) for n in (1, 7) for settings in layer.settings)


def _raises(check, *args) -> bool:
    try:
        check(*args)
    except (AssertionError, ValueError, FloatingPointError, TypeError, RuntimeWarning):
        return True
    return False


@pytest.mark.parametrize(("name", "old", "new"), MUTANTS, ids=[f"{m[0]}: {m[2][:40]}" for m in MUTANTS])
def test_a_planted_bug_is_killed(name, old, new):
    assert killers(planted(name, old, new))


@pytest.mark.parametrize(("name", "old"), {name: old for name, old, _ in MUTANTS}.items())
def test_the_same_source_unchanged_survives(name, old):
    assert killers(planted(name, old, old)) == []


def wrong_in(layer: Layer, i: int, factor: float) -> Layer:
    """The layer with its i-th gradient multiplied by `factor`, written into any buffer as well."""

    def spoil(found):
        if found[i] is not None:
            found[i][...] *= factor
        return found

    if layer.backward is None:

        def loss(*args, **keywords):
            value, dx = layer.forward(*args, **keywords)
            return value, spoil((dx,))[0]

        return layer._replace(forward=loss)

    def backward(dout, cache, **keywords):
        found = spoil(gradients(layer, dout, cache, **keywords))
        return found if len(found) > 1 else found[0]

    return layer._replace(backward=backward)


GRADIENTS = [
    pytest.param(layer, i, id=f"{name}-d{arg}")
    for name, layer in registered().items()
    for i, arg in enumerate(layer.differentiated)
]


@pytest.mark.parametrize("factor", [-1, 0, 1.001])
@pytest.mark.parametrize(("layer", "i"), GRADIENTS)
def test_a_wrong_gradient_is_caught_for_every_layer(layer, i, factor):
    """Also for a layer that is registered tomorrow."""
    assert "check_gradient" in killers(wrong_in(layer, i, factor))
