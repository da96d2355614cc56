"""Two folders side by side, against figures worked by hand: pairs, samples, what differs, what is refused."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import bench
from bench.solvers.storage.record import Record
from bench.solvers.storage.store import Store
from cli.main import main

QUIET = {"before": 0.001, "after": 0.001, "seconds": 1.0, "cpu_share": 1.0}
HOW = {"budget": "quick", "trials": 1, "backend": "sequential", "progress": False}


def made(folder: Path, out: Path, change: Callable[[Record], Record]) -> Path:
    """A copy of a folder with every reporting run changed, on a machine that was quiet."""
    out.mkdir()
    (out / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    store = Store(out)
    for _, run in Store(folder).runs():
        found = change(run) if run.task.purpose == "report" else run
        store.append(found._replace(machine={**found.machine, "load": QUIET}))
    store.close()
    return out


def hitting(at: int, second: float = 0.01) -> Callable[[Record], Record]:
    """Runs that meet the target at that evaluation, whose steps take so many seconds."""

    def change(run: Record) -> Record:
        rows = [
            {**row, "val_acc": 0.9 if number >= at else 0.1, "seconds_train": second * row["step"]}
            for number, row in enumerate(run.rows)
        ]
        return run._replace(rows=rows)

    return change


@pytest.fixture(scope="module")
def one(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One solver, six seeds."""
    return bench.run(tiny, ["sgd"], out=tmp_path_factory.mktemp("one"), **HOW).folder  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def other_seeds(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with another root seed."""
    return bench.run(tiny, ["sgd"], out=tmp_path_factory.mktemp("other"), seed=1, **HOW).folder  # type: ignore[arg-type]


def test_six_pairs_of_which_one_takes_half_the_steps(one: Path, tmp_path: Path) -> None:
    a, b = made(one, tmp_path / "a", hitting(4)), made(one, tmp_path / "b", hitting(2, 0.02))
    found = bench.compare(a, b)
    (pair,) = found.problems[0].pairs
    assert pair.ratio[:1] == pytest.approx((0.5,))
    assert (pair.ratio.p, pair.p) == (0.03125, 0.03125)  # 2 / 2^6
    assert pair.ratio.low == pytest.approx(0.5) == pair.ratio.high
    assert pair.pace is not None
    assert pair.pace.ratio == pytest.approx(2)
    assert (pair.paired, pair.studies, pair.same) == (6, 0, (6, 6, 0))
    assert found.findings == {
        "tiny": "B takes fewer steps with sgd (0.50 [0.50, 0.50], p 0.031)."
        " B takes more time a step with sgd (2.00 [2.00, 2.00], p 0.031)."
    }
    back = bench.compare(b, a)
    assert back.findings["tiny"].startswith("B takes more steps with sgd (2.00 [2.00, 2.00], p 0.031).")
    seconds = bench.compare(a, b, metric="seconds").problems[0].pairs[0]
    assert (seconds.ratio.ratio, seconds.ratio.p) == (pytest.approx(1), 1)  # half the steps, each twice as long


def test_holm_counts_all_pairs(swept: Path, tmp_path: Path) -> None:
    a, b = made(swept, tmp_path / "a", hitting(4)), made(swept, tmp_path / "b", hitting(2))
    found = bench.compare(a, b)
    assert [pair.ratio.p for pair in found.problems[0].pairs][:3] == [0.03125] * 3  # lbfgs is cut before its fourth row
    assert [pair.p for pair in found.problems[0].pairs] == [0.125] * 4
    assert found.findings["tiny"].startswith("Not distinguishable in steps to the target: sgd, momentum, adam, lbfgs.")


def test_no_seed_in_common(one: Path, other_seeds: Path, tmp_path: Path) -> None:
    a, b = made(one, tmp_path / "a", hitting(4)), made(other_seeds, tmp_path / "b", hitting(2))
    found = bench.compare(a, b)
    (pair,) = found.problems[0].pairs
    assert pair.ratio.p == pytest.approx(2 / math.comb(12, 6))
    assert pair.ratio.ratio == pytest.approx(0.5)
    assert pair.paired == 0
    assert "6 and 6 seeds, unpaired" in str(found)
    assert "tiny: sgd: no seed is in both folders" in str(found)
    assert ("root seed", "0", "1") in [tuple(one.values()) for one in found.as_dict()["differences"]]


def test_runs_that_are_the_same_but_for_times(swept: Path, tmp_path: Path) -> None:
    def slower(run: Record) -> Record:
        rows = [{**row, "seconds_train": 3 * row["seconds_train"]} for row in run.rows]
        return run._replace(rows=rows, machine={**run.machine, "numpy": "9.9"})

    found = bench.compare(made(swept, tmp_path / "a", lambda run: run), made(swept, tmp_path / "b", slower))
    assert found.findings["tiny"].startswith("Equal: all 24 runs that both have are the same to the last digit kept")
    assert [one["what"] for one in found.as_dict()["differences"]] == ["numpy"]
    assert {pair.same for pair in found.problems[0].pairs} == {(6, 6, 6)}

    def last(run: Record) -> Record:
        return run._replace(rows=[*run.rows[:-1], {**run.rows[-1], "grad_norm": 0.5}])

    changed = made(swept, tmp_path / "c", last)
    assert not bench.compare(swept, changed).findings["tiny"].startswith("Equal")


def test_settings_and_who_is_missing(tiny: Path, swept: Path, one: Path, tmp_path: Path) -> None:
    space = tmp_path / "sgd.toml"
    space.write_text('rule = "sgd"\n[space.learning_rate]\nscale = "log"\nlow = 0.01\nhigh = 0.02\n')
    b = bench.run(tiny, [space, "nesterov"], out=tmp_path / "b", **HOW).folder  # type: ignore[arg-type]
    found = bench.compare(swept, b)
    text = str(found)
    assert "sgd: learning_rate  log 0.001 10.0  log 0.01 0.02" in text
    assert "trials" in text
    assert "tiny: only in A: momentum, adam, lbfgs" in text
    assert "tiny: only in B: nesterov" in text
    assert found.problems[0].pairs[0].retuned
    assert "For these two tuning draws:" in found.findings["tiny"]
    assert "settings that differ:\n  solver  A" in text


def test_a_code_that_has_changed(tiny: Path, tmp_path: Path) -> None:
    rule = "def mine(w, dw, config):\n    return w - {} * config['learning_rate'] * dw, config\n"
    folders = []
    for name, factor in (("a", "1.0"), ("b", "1.5")):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "my_rule.py"
        file.write_text(rule.format(factor))
        folders.append(bench.run(tiny, [f"{file}:mine"], seeds=2, out=tmp_path / name / "out", **HOW).folder)  # type: ignore[arg-type]
    found = bench.compare(*folders)
    assert [one["what"] for one in found.as_dict()["differences"]] == ["mine: code"]
    assert found.problems[0].pairs[0].same.tasks == 0
    assert found.findings["tiny"].startswith("Too few to compare: it takes 6 seeds that both have")
    assert json.loads(json.dumps(found.as_dict()))["problems"]["tiny"]["rows"][0]["distinguishable"] is None


def test_studies(tiny: Path, tmp_path: Path) -> None:
    few = {**HOW, "seeds": 2, "studies": 6}
    runs = [bench.run(tiny, ["sgd"], out=tmp_path / f"run{seed}", seed=seed, **few).folder for seed in (0, 1)]  # type: ignore[arg-type]
    a, b = (made(runs[0], tmp_path / f"a{at}", hitting(at)) for at in (4, 2))
    (pair,) = bench.compare(a, b).problems[0].pairs
    assert (pair.paired, pair.studies, pair.ratio.p) == (12, 6, 0.03125)
    (apart,) = bench.compare(a, made(runs[1], tmp_path / "c", hitting(2))).problems[0].pairs
    assert (apart.paired, apart.studies, apart.ratio.p) == (0, 6, pytest.approx(2 / math.comb(12, 6)))
    alone = bench.run(tiny, ["sgd"], out=tmp_path / "alone", budget="quick", trials=1, seeds=2, progress=False,
                      backend="sequential").folder  # fmt: skip
    (first,) = bench.compare(a, alone).problems[0].pairs
    assert (first.paired, first.studies) == (2, 0)  # the one study that both have


def test_what_is_refused(tiny: Path, one: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def swept_as(name: str, old: str, new: str) -> Path:
        file = tmp_path / f"{name}.toml"
        file.write_text(tiny.read_text().replace(old, new))
        return bench.run(file, ["sgd"], out=tmp_path / name, **HOW).folder  # type: ignore[arg-type]

    batch, target = swept_as("batch", "batch = 64", "batch = 32"), swept_as("target", "value = 0.3", "value = 0.4")
    third = swept_as("third", 'name = "tiny"', 'name = "third"')
    with pytest.raises(ValueError, match=r"different problems called tiny \(id .*\): training.batch is 64 and 32\.$"):
        bench.compare(one, batch)
    with pytest.raises(ValueError, match=r"target.value is 0.3 and 0.4\. Give the target that both are to be read"):
        bench.compare(one, target)
    assert bench.compare(one, target, target=0.35).findings["tiny"].startswith("Equal: all 6 runs")
    with pytest.raises(ValueError, match=r"no problem in common: .* holds tiny; .* holds third"):
        bench.compare(one, third)
    assert main(["bench", "compare", str(one), str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_the_command(one: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = made(one, tmp_path / "a", hitting(4)), made(one, tmp_path / "b", hitting(99))
    assert main(["bench", "compare", str(a), str(b)]) == 0
    text = capsys.readouterr().out
    assert "they do not differ in plan, search spaces, machine and versions" in text
    assert "never [0" not in text
    assert "B takes more steps with sgd (never" in text
    assert main(["bench", "compare", str(a), str(b), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    (row,) = values["problems"]["tiny"]["rows"]
    assert row["ratio"]["ratio"] is None  # infinite: B never met the target
    assert row["distinguishable"] is True
    assert values["problems"]["tiny"]["finding"] == bench.compare(a, b).findings["tiny"]
