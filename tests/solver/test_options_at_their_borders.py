"""Every option of a Solver that is a number or a name: the last value that is taken, the first that is not."""

import math

import numpy as np
import pytest

from solver.inputs.settings import OPTIONS, Settings, refuse_unknown

LOWEST = {
    "batch_size": 1, "num_epochs": 0, "print_every": 1, "accumulate": 1, "seed": 0, "num_train_samples": 1,
    "num_val_samples": 1, "checkpoint_every": 1, "eval_every": 1, "patience": 1,
}  # fmt: skip
OPTIONAL = {"num_train_samples", "num_val_samples", "checkpoint_every", "eval_every", "patience"}


def complaint(error=ValueError, **options):
    with pytest.raises(error) as caught:
        Settings(**options)
    return str(caught.value)


@pytest.mark.parametrize("name", LOWEST)
def test_whole_numbers(name):
    lowest = LOWEST[name]
    for value in (lowest, float(lowest), np.int8(lowest), lowest + 1, 3.0):
        found = getattr(Settings(**{name: value}), name)
        assert (found, type(found)) == (value, int)
    extra = " or None" if name in OPTIONAL else ""
    wrong = [lowest - 1, 1.5, math.nan, True, "1", [1]]
    if name in OPTIONAL:
        assert getattr(Settings(**{name: None}), name) is None
    else:
        wrong.append(None)
    for value in wrong:
        assert complaint(**{name: value}) == f"{name} must be an integer of at least {lowest}{extra}; got {value!r}."


SMALL, POSITIVE = 5e-324, [0, -0.5, -1]
NUMBERS = [
    ("lr_decay", "a positive number", [SMALL, 1, 2], [*POSITIVE, None]),
    *((name, "a positive number or None", [None, SMALL, 1, 2], POSITIVE)
      for name in ("clip_norm", "clip_value", "max_norm", "max_seconds")),
    ("target", "a validation accuracy above 0, at most 1, or None", [None, SMALL, 1], [0, -0.5, 1.0000001, 2]),
    ("min_delta", "a number of at least 0", [0, SMALL, 2], [-SMALL, -1, None]),
    ("average", "a decay from 0 to below 1 (EMA), 'polyak', or None", [None, 0, 0.99], [-SMALL, 1, 1.5, "polyac"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected", "good", "bad"), NUMBERS)
def test_numbers(name, expected, good, bad):
    for value in good:
        found = getattr(Settings(**{name: value}), name)
        assert found == value
        assert type(found) is (type(None) if value is None else float)
    for value in (*bad, math.nan, math.inf, True, "0.5", "much", [0.5]):
        assert complaint(**{name: value}) == f"{name} must be {expected}; got {value!r}."


def test_a_target_is_an_accuracy_where_the_task_says_no_other_measure():
    for task in ("classes", "real"):
        assert "target must be a validation accuracy" in complaint(task=task, target=1.5)
    assert Settings(task=lambda scores, y: 5.0, target=4).target == 4
    assert "unknown task 'clases'" in complaint(task="clases", target=4)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("sampling", ["with_replacement", "without_replacement", "epoch"]),
        ("progress", ["auto", "bar", "line", "lines", "none"]),
        ("engine", ["auto", "numpy", "compiled"]),
    ],
)
def test_names(name, known):
    assert [getattr(Settings(**{name: value}), name) for value in known] == known
    for value in ("zz", "", 3, None):
        text = complaint(**{name: value})
        assert text.startswith(f"{name} must be one of ")
        assert all(one in text for one in known)
        assert text.endswith(f"; got {value!r}.")


def test_dicts_and_lists_are_copied_and_may_be_left_out():
    kept = Settings(optim_config=None, schedules=None, metadata=None, callbacks=None)
    assert (kept.optim_config, kept.schedules, kept.metadata, kept.callbacks) == ({}, {}, {}, [])
    given = {"note": 1}
    kept = Settings(metadata=given, callbacks=(given,), gather=len)
    assert (kept.metadata, kept.callbacks, kept.gather) == (given, [given], len)
    assert kept.metadata is not given
    kept.set_epochs(0)
    assert kept.num_epochs == 0
    with pytest.raises(ValueError, match=r"^num_epochs must be an integer of at least 0; got -1\.$"):
        kept.set_epochs(-1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"batch_size": 1, "zz": 1}, "'zz'. Rule settings go in optim_config={'learning_rate': …}."),
        ({"zz": 1, "momentm": 1}, "'zz'. Rule settings go in optim_config={'learning_rate': …}."),
        ({"momentum": 1}, "'momentum'. Rule settings go in optim_config={'momentum': …}."),
        ({"bta1": 1}, "'bta1'. Rule settings go in optim_config={'beta1': …}."),
        ({"engin": 1}, "'engin'. Did you mean 'engine'?"),
    ],
)
def test_an_option_that_there_is_not(options, text):
    with pytest.raises(TypeError) as caught:
        refuse_unknown(options)
    assert str(caught.value) == f"Solver got unknown argument {text}"
    assert refuse_unknown(dict.fromkeys(OPTIONS)) is None
