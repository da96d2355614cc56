"""A rule, a net, data and pieces of a user's own in the benchmark: in every worker, table and report, never stale."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.manifest import write_manifest
from bench.solvers.planning.plan import plan
from cli.main import main
from tests import own_code
from tests.bench.same import contents, exact, pending


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(own_code.write(tmp_path / "work"))
    return tmp_path / "work"


def layergraph(*words: object) -> int:
    return main(["bench", *map(str, words)])


SHORT = ("--budget", "quick", "--trials", 2, "--seeds", 2, "--quiet")


def sweep(*solvers: str | Path, **how: object) -> bench.Results:
    quick = {"budget": "quick", "trials": 2, "seeds": 2, "backend": "sequential"}
    chosen = {"problems": "mine.toml", "out": "out", **quick, **how}
    return bench.run(chosen.pop("problems"), solvers, progress=False, **chosen)  # type: ignore[arg-type]


def test_own_rule_net_and_data_stand_in_table_report_and_plots_like_ours(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert layergraph("run", "mine.toml", "--solvers", "sgd,signum.toml,lbfgs", *SHORT, "--jobs", 2) == 0
    assert layergraph("table", "runs/bench") == 0
    text = capsys.readouterr().out
    for word in ("my_net.py:build (sha256 ", "my_data.py:load (sha256 ", "; rule my_rule.py:signum (sha256 "):
        assert word in text
    lines = [line.split()[0] for line in text.splitlines() if line.strip()]
    assert {"sgd", "signum", "lbfgs"} <= set(lines)
    assert "no runs" not in text
    assert layergraph("table", "runs/bench", "--json") == 0
    found = json.loads(capsys.readouterr().out)["mine"]
    assert [row["solver"] for row in found["rows"]] == ["sgd", "signum", "lbfgs"]
    assert {"my_net.py:build", "my_data.py:load", "my_rule.py:signum"} <= set(found["code"])
    assert layergraph("report", "runs/bench", "--out", "page.html") == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert re.search(r"rule my_rule\.py:signum \(SHA-256 of its source [0-9a-f]{64}\)", page)
    assert "the author&#x27;s own net my_net.py:build" in page
    assert str(here) not in page
    for path in bench.Results("runs/bench").plot(out="plots"):
        drawn = path.read_text(encoding="utf-8")
        if "updates" not in path.name:  # of layers
            assert "<!-- signum -->" in drawn or "signum" in drawn, path.name


def test_every_worker_finds_it_and_gives_the_same_files(
    here: Path, monkeypatch: pytest.MonkeyPatch, thorough: bool
) -> None:
    results = sweep("sgd", "signum.toml")
    assert results.missing == 0
    elsewhere = here.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)  # the files are beside the problem, not in the working folder
    space = here / "signum.toml"
    sweep("sgd", space, problems=here / "mine.toml", n_jobs=2, backend="loky")
    assert contents(elsewhere / "out") == contents(here / "out")
    for text in contents(here / "out").values():
        assert str(here) not in text
    if not thorough:
        return
    pytest.importorskip("distributed", reason="needs dask: pip install layergraph[dask]")
    sweep("sgd", space, problems=here / "mine.toml", n_jobs=2, backend="dask", out="dask")
    assert contents(elsewhere / "dask") == contents(here / "out")


@pytest.mark.parametrize(
    ("file", "old", "new", "remade"),
    [
        ("my_rule.py", "0.9)", "0.8)", {"signum"}),
        ("my_helper.py", "= 1", "= 2", {"signum"}),
        ("my_net.py", "* 0.1", "* 0.2", {"sgd", "signum"}),
        ("my_data.py", "3 * np", "2 * np", {"sgd", "signum"}),
    ],
)
def test_changed_code_is_never_answered_with_old_results(
    file: str, old: str, new: str, remade: set[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("run", "mine.toml", "--solvers", "sgd,signum.toml", "--budget", "quick", "--trials", 2, "--seeds", 2)
    assert layergraph(*words) == 0
    out = here / "runs" / "bench"
    before = exact(out)
    Path(file).write_text(Path(file).read_text().replace(old, new))
    assert layergraph("table", "runs/bench") == 0
    assert "has changed since these runs: 'bench run' makes them again" in capsys.readouterr().out
    assert layergraph(*words) == 0
    assert "has changed since the runs in runs/bench: its runs are made again" in capsys.readouterr().err
    after = exact(out)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[1] for name in after.keys() - before} == remade
    assert layergraph("table", "runs/bench") == 0
    assert "has changed since" not in capsys.readouterr().out
    assert layergraph(*words) == 0
    assert exact(out) == after


def test_pieces_of_ones_own_go_into_an_mlp(here: Path) -> None:
    Path("pieces.toml").write_text(
        own_code.PROBLEM.replace('name = "my_net.py:build"', 'hidden = [8]\nactivation = "my_pieces.py:swish"')
        .replace("[training]", 'loss = "my_pieces.py:mean_square"\ninit = "my_pieces.py:small"\n[training]')
        .replace('"mine"', '"pieces"')
    )
    results = sweep("momentum", problems="pieces.toml")
    assert results.missing == 0
    assert set(results.problems[0].code) > {"my_pieces.py:swish", "my_pieces.py:mean_square", "my_pieces.py:small"}


def test_a_rule_without_a_space_is_tuned_in_its_learning_rate(here: Path) -> None:
    results = sweep("sgd", "my_rule.py:signum")
    assert results.solvers == ["sgd", "signum"]
    assert [list(entry.choice.settings) for entry in results.all] == [["learning_rate"]] * 2
    Path("ours.py").write_text(own_code.RULE.replace("signum", "adam").replace("from my_helper", "from my_helper"))
    assert sweep("adam", "ours.py:adam", out="two").solvers == ["adam", "ours-adam"]


RULE_FAULTS = {
    "x = 1\n": r"'my_rule\.py' has no 'signum'",
    "signum = 3\n": r"my_rule\.py:1: .*signum is 3; expected an update rule: a function \(w, dw, config\)",
    "\n\ndef signum(w, dw): pass\n": r"my_rule\.py:3: .*signum takes \(w, dw\); expected an update rule",
    "\nraise RuntimeError('at import')\n": r"my_rule\.py:2: .* RuntimeError: at import",
    "import sys\nsys.exit(0)\n": r"my_rule\.py:2: .* SystemExit",
    "def signum(:\n": r"my_rule\.py:1: .* SyntaxError",
    "\ndef signum(w, dw, config):\n    return w - nothing, config\n": r"my_rule\.py:3: .* NameError: name 'nothing'",
    "def signum(w, dw, config):\n    return w\n": r"update rule 'signum' must return \(next_w, config\)",
    "def signum(w, dw, config):\n    return w[:1], config\n": r"update rule 'signum' returned next_w of shape",
}


@pytest.mark.parametrize(("text", "message"), RULE_FAULTS.items(), ids=[repr(text)[:30] for text in RULE_FAULTS])
def test_a_faulty_rule_is_told_before_the_first_run(
    text: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("my_rule.py").write_text(text)
    for flags in ((), ("--dry-run",)):
        assert layergraph("run", "mine.toml", "--solvers", "sgd,signum.toml", *SHORT, *flags) == 2
        error = capsys.readouterr().err
        assert error.startswith("layergraph: error: ")
        assert error.count("\n") == 1
        assert re.search(message, error)
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("my_net.py", "def build(", "def built(", r"'my_net\.py' has no 'build'\. Did you mean 'built'\?"),
        ("my_net.py", "rng=None, ", "width, ", r"my_net\.py:27: .*build needs width, which nobody has: give a default"),
        ("my_net.py", "h.T @ d", "h @ d", r"my_net\.py:\d+: a first step of sgd on mine failed: ValueError: "),
        ("my_net.py", "default_rng(rng)", "default_rng()", r"my_net\.py:build gives other weights each time"),
        ("my_net.py", "self.params =", "self.parameters =", r"my_net\.py:27: .*has no 'params'"),
        ("my_data.py", "return", "return 1,", r"my_data\.py:4: it gives a tuple of 3; expected a dict of X_train"),
        ("my_data.py", "size=300", "size=200", r"my_data\.py:\d+: .* ValueError: "),
        ("my_data.py", "default_rng(0)", "default_rng()", r"gives other data than when the sweep was planned"),
        ("mine.toml", "my_net.py:build", "my_nte.py:build", r"there is no file my_nte\.py\. Did you mean 'my_net\.py'"),
        ("mine.toml", "my_data.py:load", "my_data.py", r"'my_data\.py' names a file: which of its names"),
        ("signum.toml", "my_rule.py:signum", "signum", r"space signum: unknown update rule 'signum'"),
    ],
)
def test_other_faults_are_told_before_the_first_run(
    file: str, old: str, new: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))
    assert layergraph("run", "mine.toml", "--solvers", "sgd,signum.toml", *SHORT) in (2, 3)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.search(message, error), error
    assert not Path("runs").exists()


FAIL = """    if config.setdefault("t", 0) > 3:
        raise RuntimeError("late")
    config["t"] += 1
"""
LATER = own_code.RULE.replace("    v =", f"{FAIL}    v =")


def test_what_has_no_runs_is_said_in_every_presentation(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("my_rule.py").write_text(LATER)
    assert layergraph("run", "mine.toml", "--solvers", "sgd,signum.toml", *SHORT) == 1
    capsys.readouterr()
    said = "signum: no figures: no run has finished (2 failed, the first by RuntimeError: late"
    for form in ("text", "md", "html", "json"):
        assert layergraph("table", "runs/bench", "--format", form) == 0
        assert said.partition(": ")[2] in capsys.readouterr().out
    assert layergraph("report", "runs/bench", "--out", "page.html") == 0
    assert said in Path("page.html").read_text(encoding="utf-8")
    for words in (("table", "runs/bench", "--format", "csv"), ("plot", "runs/bench"), ("export", "runs/bench")):
        assert layergraph(*words) == 0
        assert f"note: mine: {said}" in capsys.readouterr().err


def test_a_problem_without_runs_is_said_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert layergraph("run", "mine.toml", "--solvers", "sgd", *SHORT) == 0
    Path("other.toml").write_text(own_code.PROBLEM.replace('"mine"', '"other"'))
    write_manifest(Path("runs/bench"), plan(["mine.toml", "other.toml"], ["sgd"], budget="quick", trials=2, seeds=2))
    capsys.readouterr()
    for form in ("text", "md", "html"):
        assert layergraph("table", "runs/bench", "--format", form) == 0
        assert "problem other: no run has finished" in capsys.readouterr().out
    assert layergraph("table", "runs/bench", "--json") == 0
    assert json.loads(capsys.readouterr().out)["other"]["warnings"][0]["guard"] == "no runs"


def test_a_solver_that_cannot_do_a_problem_is_said(tiny: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("noisy.toml").write_text(
        tiny.read_text().replace('"tiny"', '"noisy"').replace("hidden = [8]", "hidden = [8]\nkeep_hidden = 0.5")
    )
    assert layergraph("run", tiny, "noisy.toml", "--solvers", "sgd,lbfgs", *SHORT) == 0
    assert layergraph("table", "runs/bench", "--problem", "noisy") == 0
    assert "lbfgs: not run here: it takes the full batch" in capsys.readouterr().out


def test_a_rule_that_only_a_script_knows_is_refused_where_other_processes_run(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solver.rules import registry

    def scripted(w, dw, config, out=None, layout=None):  # type: ignore[no-untyped-def]
        return w - config["learning_rate"] * dw, config

    monkeypatch.setitem(registry._RULES, "scripted", registry.Rule("scripted", scripted, {"learning_rate": 0.1}))
    Path("signum.toml").write_text(own_code.SPACE.replace("my_rule.py:signum", "scripted"))
    assert sweep("signum.toml").missing == 0
    with pytest.raises(ValueError, match=r"rule 'scripted' was registered by .*: name it as FILE\.py:NAME"):
        sweep("signum.toml", backend="loky", n_jobs=2, out="two")


def test_packages_bring_problems(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = here / "site" / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[layergraph.problems]\nblobs = theirs_problems:FILE\n")
    (here / "site" / "theirs_problems.py").write_text(f"FILE = {str(here / 'mine.toml')!r}\n")
    monkeypatch.syspath_prepend(str(here / "site"))
    assert sweep("sgd", problems="blobs").missing == 0
    with pytest.raises(ValueError, match=r"unknown problem 'blob'\. Did you mean 'blobs'\?"):
        sweep("sgd", problems="blob")


def test_the_page_shows_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of docs/your_code.md, put into files of the names that the text gives them."""
    page = (Path(__file__).parents[2] / "docs" / "your_code.md").read_text(encoding="utf-8")
    rule, space, check, problem, _ = re.findall(r"\n```(?:python|toml)\n(.*?)```", page, re.DOTALL)
    own_code.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, text in {"my_rule.py": rule, "signum.toml": space, "check.py": check, "mine.toml": problem}.items():
        Path(name).write_text(text, encoding="utf-8")
    told = subprocess.run([sys.executable, "check.py"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("PASS")
    results = bench.run(["mine.toml"], ["signum.toml"], budget="quick", trials=1, seeds=1, out="out", progress=False)
    assert results.missing == 0
    assert results.all[0].space.rule == "my_rule.py:signum"


def test_a_table_beside_the_problem_is_known_by_its_bytes(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a,b,kind", *(f"{i % 7},{i % 3}.5,{'xyz'[i % 3]}" for i in range(120))]
    Path("table.csv").write_text("\n".join(lines) + "\n")
    text = own_code.PROBLEM.replace('"my_data.py:load"', '"table.csv"\nlabel = "kind"')
    Path("mine.toml").write_text(text.replace("val = 30", "val = 12"))
    elsewhere = here.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    first = sweep("sgd", problems=here / "mine.toml", n_jobs=2, backend="loky")
    assert first.missing == 0
    assert str(here) not in (elsewhere / "out" / "manifest.json").read_text()
    (here / "table.csv").write_text("\n".join(lines[:-3]) + "\n")
    assert sweep("sgd", problems=here / "mine.toml").missing == 0
    assert len(pending(elsewhere / "out")) == 8


def test_a_setting_that_the_rule_does_not_name_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("signum.toml").write_text(own_code.SPACE.replace("learning_rate", "learnig_rate"))
    assert (
        layergraph("run", "mine.toml", "--solvers", "signum.toml", "--budget", "quick", "--trials", 1, "--seeds", 1)
        == 0
    )
    error = capsys.readouterr().err
    assert "signum nowhere names the setting 'learnig_rate', so that" in error
    assert "Did you mean 'learning_rate'" in error
