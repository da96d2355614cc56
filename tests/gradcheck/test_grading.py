"""`layergraph gradcheck --grade`: points, and submissions that do what they should not."""

import contextlib
import time
from pathlib import Path

import pytest
from submissions import (
    ALLOCATES,
    CRASHES,
    ENDLESS,
    EXITS,
    EXITS_AT_ONCE,
    FULL,
    LIMITS,
    LOADED_FOR_EVER,
    LOOPS,
    MEAN,
    NO_BIAS,
    NO_PYTHON,
    NOTHING,
    PRINTS,
    RECURSES,
    REFERENCE,
    RENAMED,
    SHAPE,
    SUMMED_LOSS,
    SYS_EXITS,
    WRITES_ELSEWHERE,
    edited,
    graded,
)  # fmt: skip

from gradcheck.grading.grade import describe, grade, grade_all, read_reference
from gradcheck.grading.page import page
from gradcheck.grading.process import Limits


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("teacher") / "reference.py"
    path.write_text(REFERENCE)
    return read_reference(path, LIMITS)


def test_a_reference_has_all_points_and_says_what_they_are(reference, tmp_path):
    assert reference.points == FULL
    result = graded(REFERENCE, reference, tmp_path)
    assert {row.name: row.points for row in result.rows} == FULL
    assert result.points == result.of == 8


CASES = {
    "backward alone": (MEAN, "affine", 2, ("right", "fail"), "SCALE_INV_BATCH b"),
    "forward alone": (NO_BIAS, "affine", 2, ("wrong", "pass"), "differs from the reference in 15 of 15 elements"),
    "nothing at all": (NOTHING, "affine", 0, ("wrong", "fail"), "does not depend on the arguments"),
    "another mean": (SUMMED_LOSS, "square_loss", 1, ("wrong", "pass"), "expected"),
    "another shape": (SHAPE, "relu", 0, ("wrong", "fail"), "has the shape (1, 4); expected (5, 4)"),
    "another name": (RENAMED, "relu", 0, ("not compared", "missing"), "not there: the file has"),
    "a loop": (LOOPS, "relu", 0, ("not compared", "ended"), "still running after 4 s"),
    "an end of the process": (EXITS, "relu", 0, ("not compared", "ended"), "ended the process with exit code 0"),
    "an end of the program": (SYS_EXITS, "relu", 0, ("wrong", "fail"), "SystemExit"),
    "a recursion": (RECURSES, "relu", 0, ("wrong", "fail"), "RecursionError"),
    "all the memory": (ALLOCATES, "relu", 0, ("wrong", "fail"), "MemoryError"),
    "a crash": (CRASHES, "relu", 0, ("not compared", "ended"), "SIGSEGV"),
    "its argument": (WRITES_ELSEWHERE, "relu", 0, ("wrong", "fail"), "MUTATES_INPUT"),
}


TOGETHER = [  # cases of different functions in one file: each costs its own function alone
    ("backward alone", "a loop", "another mean"), ("forward alone", "an end of the process"),
    ("nothing at all", "a crash"),
    ("another shape",), ("another name",), ("an end of the program",), ("a recursion",), ("all the memory",),
    ("its argument",),
]  # fmt: skip


def merged(sources):
    """One file with the edits of all."""
    lines = REFERENCE
    for source in sources:
        for old, new in zip(REFERENCE.split("\ndef "), source.split("\ndef "), strict=True):
            if old != new:
                lines = lines.replace(f"\ndef {old}", f"\ndef {new}")
    return lines


@pytest.mark.parametrize("cases", TOGETHER, ids=", ".join)
def test_what_is_wrong_costs_its_function_and_the_others_are_graded(cases, reference, tmp_path):
    result = graded(merged([CASES[case][0] for case in cases]), reference, tmp_path)
    assert result.unloadable is None
    rows, full = {row.name: row for row in result.rows}, dict(FULL)
    for case in cases:
        _, name, points, said, words = CASES[case]
        full[name] = points
        assert (rows[name].values, rows[name].verdict) == said
        assert words in describe(rows[name], hints_only=False)
    assert {name: row.points for name, row in rows.items()} == full


def test_every_case_is_tried():
    assert sorted(case for cases in TOGETHER for case in cases) == sorted(CASES)


@pytest.mark.parametrize(
    ("source", "words"),
    [(LOADED_FOR_EVER, "still running after 4 s, as the file was loaded"), (NO_PYTHON, "SyntaxError"),
     (EXITS_AT_ONCE, "ended the process with exit code 0, as the file was loaded"), ("raise ValueError('no')", "no")],
)  # fmt: skip
def test_a_file_that_cannot_be_loaded(source, words, reference, tmp_path):
    result = graded(source, reference, tmp_path)
    assert words in result.unloadable
    assert str(tmp_path) not in page(result, hints_only=False)
    assert (result.points, result.of, len(result.rows)) == (0, 8, 3)
    assert words in page(result, hints_only=False)


def test_what_it_prints_is_neither_shown_nor_believed(reference, tmp_path, capfd):
    assert graded(PRINTS, reference, tmp_path).points == 8
    assert capfd.readouterr() == ("", "")


def test_values_of_functions_that_draw_are_not_compared_and_gradients_have_all_points(tmp_path):
    source = (
        "import numpy as np\n\ndef drop_inputs(rng, n):\n    return (rng.standard_normal((n, 4)),)\n\n"
        "RNG = np.random.default_rng(0)\n"
        "def drop_forward(x):\n    mask = RNG.random(x.shape) < 0.5\n    return x * mask, mask\n\n"
        "def drop_backward(dout, mask):\n    return dout * mask\n"
    )
    (tmp_path / "reference.py").write_text(source)
    with_noise = read_reference(tmp_path / "reference.py", LIMITS)
    assert graded(source, with_noise, tmp_path).points == 2
    wrong = graded(source.replace("return dout * mask", "return dout"), with_noise, tmp_path)
    assert wrong.points == (1 if with_noise.values else 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [("POINTS = {'afine': 3}", "Did you mean"), ("POINTS = {'affine': -1}", "expected a number, 0 or more"),
     ("POINTS = 3", "expected a dict"), ("raise OSError('gone')", "gone")],
)  # fmt: skip
def test_a_reference_that_says_nothing_of_use(line, words, tmp_path):
    (tmp_path / "reference.py").write_text(REFERENCE + line + "\n")
    with pytest.raises(ValueError, match=words):
        read_reference(tmp_path / "reference.py", LIMITS)


def test_what_is_wrong_in_the_reference_is_left_out(tmp_path):
    (tmp_path / "reference.py").write_text(MEAN)
    kept = read_reference(tmp_path / "reference.py", LIMITS)
    assert list(kept.points) == ["relu", "square_loss"]
    assert "SCALE_INV_BATCH b" in kept.left_out["affine"]
    (tmp_path / "reference.py").write_text("def nothing(): pass\n")
    with pytest.raises(ValueError, match="nothing that passes its own check"):
        read_reference(tmp_path / "reference.py", LIMITS)


@pytest.mark.parametrize("drawn", ["rng.standard_normal((n, 4))", "{'x': rng.standard_normal((n, 4))}"])
def test_inputs_of_one_array_or_a_dict_are_arguments_for_the_values_as_well(drawn, tmp_path):
    source = REFERENCE.replace("return (rng.standard_normal((n, 4)),)", f"return {drawn}")
    (tmp_path / "reference.py").write_text(source)
    own = read_reference(tmp_path / "reference.py", LIMITS)
    assert (own.points["relu"], "relu" in own.values, "relu" in own.gradients) == (2, True, True)


def test_many_at_a_time_come_in_their_order(reference, tmp_path):
    pytest.importorskip("joblib")
    sources = {"a.py": MEAN, "b.py": LOADED_FOR_EVER, "c.py": REFERENCE, "d.py": NO_PYTHON}
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    files = {name: tmp_path / name for name in sources}
    limits = Limits(timeout=2.5, memory=3072)
    results = list(grade_all(files, reference, limits, repair=False, jobs=2))
    assert [(one.label, one.points) for one in results] == [("a.py", 6), ("b.py", 0), ("c.py", 8), ("d.py", 0)]


def test_nothing_is_left_running(reference, tmp_path):
    started = edited(
        ("    return np.maximum(x, 0), x\n",
         "    import subprocess, sys\n    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', "
         f"'{tmp_path}'])\n{ENDLESS}"),
    )  # fmt: skip
    path = tmp_path / "mine.py"
    path.write_text(started)
    grade(path, "mine.py", reference, Limits(2.0, 3072), seed=0, repair=False)
    time.sleep(0.2)
    assert not [line for line in _commands() if str(tmp_path) in line and "time.sleep" in line]


def _commands():
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield file.read_text(errors="replace")
