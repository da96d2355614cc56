"""The wheel: built, opened, installed offline into a fresh environment, and run from another folder."""

import email
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME, VERSION = (PROJECT["project"][key] for key in ("name", "version"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
PACKAGES, LEFT_OUT = WHEEL["packages"], WHEEL.get("exclude", [])
BIN = "Scripts" if os.name == "nt" else "bin"


def run(*command: str | Path, folder: Path) -> str:
    """The output of a command that must succeed, without this repository on its path."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh environment with the wheel in it; NumPy and SciPy are those of the running one, added by path."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / BIN / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip()
    dependencies = Path(np.__file__).parent.parent
    (Path(site) / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--disable-pip-version-check", wheel, folder=folder)
    return folder


def test_it_holds_the_named_packages_whole_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    meta = f"{NAME}-{VERSION}.dist-info"
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, meta}
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    source = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    source = {name for name in source if not any(f"{name}/".startswith(f"{left_out}/") for left_out in LEFT_OUT)}
    source |= {f"cli/recipes/shipped/{path.name}" for path in (ROOT / "recipes").iterdir()}
    assert {name for name in names if not name.startswith(meta)} == source
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {f"{meta}/{file}" for file in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")} <= names


def test_it_holds_no_data_sets_and_no_tests(wheel):
    members = [member for member in zipfile.ZipFile(wheel).infolist() if ".dist-info/" not in member.filename]
    kinds = {".py", ".typed", ".toml", ".html", ".css", ".js", ".json", ".svg", ".md"}
    assert [member.filename for member in members if Path(member.filename).suffix not in kinds] == []
    assert [member.filename for member in members if member.file_size > 200_000] == []
    assert [member.filename for member in members if {"test", "tests"} & set(Path(member.filename).parts)] == []


def test_its_metadata(wheel):
    archive = zipfile.ZipFile(wheel)
    read = archive.read(f"{NAME}-{VERSION}.dist-info/METADATA").decode()
    meta = email.message_from_string(read)
    assert (meta["Name"], meta["Version"]) == (NAME, VERSION)
    assert "Private :: Do Not Upload" in meta.get_all("Classifier")
    assert meta["Requires-Python"] == ">=3.11"
    assert meta["License-Expression"] == "MIT"
    needed = [line for line in meta.get_all("Requires-Dist") if "extra ==" not in line]
    assert sorted(line.partition(">=")[0] for line in needed) == ["numpy", "scipy"]
    points = archive.read(f"{NAME}-{VERSION}.dist-info/entry_points.txt").decode()
    assert "layergraph = cli.main:main" in points


def test_every_extra_records_the_threads():
    """Results carry the BLAS and its thread count, so threadpoolctl comes with whatever produces results."""
    extras = PROJECT["project"]["optional-dependencies"]
    for extra, needs in extras.items():
        inherited = any(need.startswith(f"{NAME}[") for need in needs)
        assert inherited or extra == "docs" or any(need.startswith("threadpoolctl") for need in needs), extra


def test_it_runs_from_elsewhere(installed, tmp_path):
    """Every package comes out of the fresh environment, and the command tells its version."""
    code = f"import {', '.join(PACKAGES)}; print(*[p.__file__ for p in ({', '.join(PACKAGES)})], sep='\\n')"
    files = run(installed / BIN / "python", "-c", code, folder=tmp_path).split()
    assert len(files) == len(PACKAGES)
    assert all(Path(file).is_relative_to(installed.resolve()) or Path(file).is_relative_to(installed) for file in files)
    said = run(installed / BIN / "layergraph", "--version", folder=tmp_path).splitlines()
    assert said[0] == f"layergraph {VERSION}"
    assert said[1].startswith("Python 3.")
    assert "train" in run(installed / BIN / "layergraph", "--help", folder=tmp_path)


def test_the_recipes_come_along(installed, tmp_path):
    listed = run(installed / BIN / "python", "-m", "layergraph", "recipes", "list", folder=tmp_path)
    assert all(path.stem in listed for path in (ROOT / "recipes").glob("*.toml"))
    assert not (installed / "results").exists()


def test_a_net_trains_from_elsewhere(installed, tmp_path):
    """The installed layers and models, without this repository and under -O, which drops assert statements."""
    code = (
        "import numpy as np, models; net = models.mlp([2, 8, 2], rng=0); X = np.eye(2); y = np.arange(2)\n"
        "for _ in range(200): net.params.flat -= net.loss(X, y)[1].flat\n"
        "print(net.loss(X, y)[0] < 0.05, net.accuracy(X, y))"
    )
    assert run(installed / BIN / "python", "-O", "-c", code, folder=tmp_path).split() == ["True", "1.0"]
