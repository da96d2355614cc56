"""Search spaces: learning rates that are comparable, special cases that are ones, choices."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench
from bench.solvers.planning.spaces import FOLDER, Space, from_dict, known_solvers, load_space, special_cases
from solver import rules
from solver.schedules import make

RATE, MU, BETA2, LARGE = 0.1, 0.9, 0.99, 1.0
SMALL = 1e-3  # scale of the weights, and so of the gradients: far below an epsilon of 1
Settings = dict[str, Any]
# (general, special) -> settings of the special rule, and those of the general rule at which it is the special one
EXACT: dict[tuple[str, str], tuple[Settings, Settings]] = {
    ("momentum", "sgd"): ({"learning_rate": RATE}, {"learning_rate": RATE, "momentum": 0.0}),
    ("nesterov", "sgd"): ({"learning_rate": RATE}, {"learning_rate": RATE, "momentum": 0.0}),
    ("adam", "sgd"): (
        {"learning_rate": RATE}, {"learning_rate": RATE * LARGE, "beta1": 0.0, "beta2": BETA2, "epsilon": LARGE}
    ),
    ("adam_schedule", "adam"): ({"learning_rate": RATE}, {"learning_rate": RATE}),  # constant, without a warmup
    ("adam_schedule", "sgd"): (
        {"learning_rate": RATE}, {"learning_rate": RATE * LARGE, "beta1": 0.0, "beta2": BETA2, "epsilon": LARGE}
    ),
    ("adamw", "adam"): (
        {"learning_rate": RATE, "beta1": MU, "beta2": BETA2, "epsilon": LARGE},
        {"learning_rate": RATE, "beta1": MU, "beta2": BETA2, "epsilon": LARGE, "weight_decay": 1e-4},
    ),
    ("adamw", "sgd"): (
        {"learning_rate": RATE},
        {"learning_rate": RATE * LARGE, "beta1": 0.0, "beta2": BETA2, "epsilon": LARGE, "weight_decay": 1e-4},
    ),
    ("nadam", "sgd"): (
        {"learning_rate": RATE}, {"learning_rate": RATE * LARGE, "beta1": 0.0, "beta2": BETA2, "epsilon": LARGE}
    ),
    ("rmsprop", "sgd"): (
        {"learning_rate": RATE}, {"learning_rate": RATE * LARGE, "decay_rate": BETA2, "epsilon": LARGE}
    ),
    ("adadelta", "sgd"): ({"learning_rate": RATE}, {"learning_rate": RATE, "decay_rate": 0.95, "epsilon": 1e-2}),
}  # fmt: skip
# what looks like a special case and is none
NOT: dict[tuple[str, str], tuple[Settings, Settings]] = {
    ("adam", "rmsprop"): (
        {"learning_rate": 1e-4, "decay_rate": BETA2, "epsilon": 1e-8},
        {"learning_rate": 1e-4, "beta1": 0.0, "beta2": BETA2, "epsilon": 1e-8},
    ),
    ("adam", "momentum"): (
        {"learning_rate": RATE, "momentum": MU},
        {"learning_rate": RATE / (1 - MU), "beta1": MU, "beta2": BETA2, "epsilon": LARGE},
    ),
    ("nadam", "nesterov"): (
        {"learning_rate": RATE, "momentum": MU},
        {"learning_rate": RATE / (1 - MU), "beta1": MU, "beta2": BETA2, "epsilon": LARGE},
    ),
}


def path(solver: str, settings: Settings, steps: int = 60) -> np.ndarray:
    """Where the solver's rule goes on a quadratic with curvatures 0.2 to 1."""
    rule = rules.get(str(load_space(solver).rule))
    w = np.random.default_rng(0).standard_normal(6) * SMALL
    curvature, config = np.linspace(0.2, 1, 6), {**rule.settings, **settings}
    points = [w]
    for _ in range(steps):
        w, config = rule.function(w.copy(), curvature * w, config)
        points.append(np.array(w))
    return np.array(points)


def apart(pair: tuple[str, str], both: tuple[Settings, Settings]) -> float:
    """The largest distance of the two paths, relative to where they begin."""
    general, special = path(pair[0], both[1]), path(pair[1], both[0])
    assert np.abs(special[-1] - special[0]).max() > 0.1 * np.abs(special[0]).max()  # it goes somewhere
    return float(np.abs(general - special).max() / np.abs(special[0]).max())


def claims() -> set[tuple[str, str]]:
    spaces = {name: load_space(name) for name in known_solvers()}
    return {(name, special) for name in spaces for special in special_cases(spaces[name], spaces)}


def test_every_claim_of_a_special_case_has_its_settings() -> None:
    assert claims() == set(EXACT)


@pytest.mark.parametrize("pair", EXACT, ids=" contains ".join)
def test_a_special_case_is_one_within_a_percent(pair: tuple[str, str]) -> None:
    assert apart(pair, EXACT[pair]) < 0.01


@pytest.mark.parametrize("pair", NOT, ids=" is not ".join)
def test_what_looks_like_a_special_case_is_none(pair: tuple[str, str]) -> None:
    assert apart(pair, NOT[pair]) > 0.1


def named(name: str, of: list[str]) -> Space:
    return load_space("sgd")._replace(solver=name, contains=tuple(of))


def test_special_cases_of_special_cases_are_ones() -> None:
    spaces = {one.solver: one for one in (named("a", ["b"]), named("b", ["c", "a"]), named("c", []), named("d", ["a"]))}
    assert [special_cases(one, spaces) for one in spaces.values()] == [{"b", "c"}, {"a", "c"}, set(), {"a", "b", "c"}]
    assert special_cases(named("e", ["unknown"]), spaces) == {"unknown"}


@pytest.mark.parametrize("solver", [name for name in known_solvers() if load_space(name).rule])
def test_a_range_of_learning_rates_is_four_decades_and_says_why(solver: str) -> None:
    space = load_space(solver)
    rate = space.ranges["learning_rate"]
    assert rate.scale == "log"
    assert rate.high / rate.low == pytest.approx(1e4)
    default = rules.get(str(space.rule)).settings["learning_rate"]
    assert rate.low < default < rate.high
    lines = (FOLDER / f"{solver}.toml").read_text(encoding="utf-8").splitlines()
    above = lines[lines.index("[space.learning_rate]") - 1]
    assert above.startswith("# ")
    assert len(above) > 40


SCHEDULED = """rule = "adam"
[space.learning_rate]
scale = "log"
low = 1e-3
high = 1e-1
[space.schedule]
scale = "choice"
choices = ["constant", "cosine"]
"""


def scheduled(folder: Path, more: str = "", change: tuple[str, str] = ("", "")) -> Path:
    path = folder / "mine.toml"
    path.write_text(SCHEDULED.replace(*change) + more, encoding="utf-8")
    return path


def test_a_choice_is_drawn_as_often_as_the_others() -> None:
    drawn = [one["schedule"] for one in load_space("adam_schedule").draw(60, 0)]
    assert all(abs(drawn.count(name) - 20) <= 3 for name in ("constant", "linear", "cosine"))
    shared = [{key: one[key] for key in ("learning_rate", "beta1")} for one in load_space("adam_schedule").draw(3, 0)]
    assert shared == [{key: one[key] for key in ("learning_rate", "beta1")} for one in load_space("adam").draw(3, 0)]


def test_a_choice_survives_the_manifest() -> None:
    space = load_space("adam_schedule")
    assert from_dict("adam_schedule", space.as_dict()) == space._replace(places={})
    assert load_space("sgd").as_dict()["space"] == {
        "learning_rate": {"scale": "log", "low": 1e-3, "high": 10.0, "integer": False}
    }


def test_a_schedule_is_carried_to_the_solver(tiny: Path, tmp_path: Path) -> None:
    space = scheduled(tmp_path, '[space.warmup]\nscale = "choice"\nchoices = [0.25, 0.5]\n')
    how = {"budget": "quick", "trials": 4, "seeds": 1, "out": tmp_path / "out", "progress": False}
    results = bench.run(tiny, [space], **how)
    (entry,) = results.all
    assert {run.task.settings["schedule"] for run in entry.tuning} == {"constant", "cosine"}
    for run in entry.tuning:
        rate, warmup = (run.task.settings[name] for name in ("learning_rate", "warmup"))
        total = run.rows[-1]["step"]
        factors = {row["step"]: row["lr"] / rate for row in run.rows[1:]}
        made = make({"name": run.task.settings["schedule"], "warmup": warmup}, total)
        for step, factor in factors.items():
            assert factor == pytest.approx(made(step - 1), rel=1e-5, abs=1e-6)
    chosen = entry.choice.settings
    assert f"schedule {chosen['schedule']}, warmup {chosen['warmup']:g}" in results.table()
    page = results.report(tmp_path / "page.html").read_text()
    assert "schedule one of constant, cosine" in page


@pytest.mark.parametrize(
    ("more", "change", "message"),
    [
        ("", ("cosine", "cosin"), "mine.space.schedule: unknown schedule 'cosin'. Did you mean 'cosine'"),
        ("", ('["constant", "cosine"]', "[]"), "mine.space.schedule.choices is []; expected two or more, each once"),
        ("", ('"constant"', '"cosine"'), "expected two or more, each once"),
        ("", ('"constant"', "[1]"), "expected names, numbers, true or false"),
        ("", ("choices", "choice"), "mine.space.schedule has an unknown key 'choice'"),
        ('[space.warmup]\nscale = "linear"\nlow = 0.0\nhigh = 2.0\n', ("", ""), "expected shares of the run"),
    ],
)
def test_what_is_no_schedule_is_refused(more: str, change: tuple[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        load_space(scheduled(tmp_path, more, change))
