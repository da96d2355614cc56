"""An edit is called verified only if the edited function passes everything that a check has."""

import ast
import linecache
import re

import numpy as np
import pytest

import gradcheck
from gradcheck.repair.edit import Edit
from gradcheck.repair.repair import _brings_a_size


def relu(x):
    return np.maximum(0, x), x


def relu_times_x(dout, x):
    dx = dout * x * (x > 0)
    return dx  # noqa: RET504  the line that is edited


def affine(x, w, b):
    return x @ w + b, (x, w)


def affine_inputs(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def divided_by_the_width(dout, cache):
    x, w = cache
    return dout @ w.T / 7, x.T @ dout, dout.sum(axis=0)


def mean_bias(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


def starred(dout, cache):
    x, w = cache
    rest = [x.T @ dout, dout.sum(axis=0)]
    return (np.sin(dout) @ w.T, *rest)


def edited(function, finding):
    """The function with the finding's edit applied to its source, where it reads 'line N: old -> new'."""
    _, old, new = re.match(r"line (\d+): (.*) -> (.*)$", finding.fix).groups()
    code = function.__code__
    lines = [linecache.getline(code.co_filename, k) for k in range(code.co_firstlineno, code.co_firstlineno + 12)]
    source = "".join(lines[: next((k for k, line in enumerate(lines) if k and not line.startswith(" ")), 12)])
    assert old in source
    namespace = {"np": np}
    exec(source.replace(old, new, 1), namespace)
    return namespace[function.__name__]


def test_the_edit_does_not_divide_by_what_may_be_zero():
    report = gradcheck.layer(relu, relu_times_x, inputs=lambda r, n: (r.standard_normal((n, 6)),))
    (finding,) = report.findings
    assert finding.fix_verified
    assert gradcheck.layer(relu, edited(relu_times_x, finding), inputs=lambda r, n: (r.standard_normal((n, 6)),)).ok


def test_the_width_in_the_formula_goes_and_none_comes():
    """/ 7 -> / 1 is right for every width; * 7 after it, or / w.shape[0], only while the width is 7."""
    report = gradcheck.layer(affine, divided_by_the_width, inputs=affine_inputs)
    (finding,) = report.findings
    assert finding.fix_verified
    assert re.search(r"7 -> 1 in|/ 7 -> dout @ w.T", finding.fix)


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [
        ("return d / 7", "return d / 1", False),
        ("return d", "return d / 7", True),
        ("return d", "return d / -8.03", True),
        ("return d", "return d * b.shape[1]", True),
        ("return d", "return d / len(x)", True),
        ("return d.sum(axis=0)", "return d.sum(axis=1)", False),
        ("return 3 * d", "return 4 * d", True),
        ("return d", "return 2 * d", False),
    ],
)
def test_what_puts_in_a_size_is_known_by_its_syntax(before, after, size):
    """Such an edit is verified only where it also holds with all sizes changed."""
    trees = [ast.parse(f"def f(d, x, b):\n    {line}") for line in (before, after)]
    assert _brings_a_size(Edit(trees[1], "", "", 1), trees[0]) is size


def test_sum_for_mean_is_verified_and_says_so():
    report = gradcheck.layer(affine, mean_bias, inputs=affine_inputs)
    (finding,) = report.findings
    assert (finding.fix_verified, finding.fix_tried) == (True, False)
    assert "verified, this edit passes every check" in " ".join(str(report).split())


def test_a_correction_of_the_numbers_is_only_tried():
    report = gradcheck.layer(affine, mean_bias, inputs=affine_inputs, repair=False)
    (finding,) = report.findings
    assert not finding.fix_verified
    if finding.fix:
        assert "tried on these inputs only" in " ".join(str(report).split())


def test_a_starred_return_ends_in_a_finding_about_x_alone():
    report = gradcheck.layer(affine, starred, inputs=affine_inputs)
    assert {f.where for f in report.findings} == {"x"}
    assert "RAISES" not in [f.code for f in report.findings]


def test_the_same_input_gives_the_same_report():
    """Nothing that is found depends on a clock."""
    texts = [re.sub(r"\d+ ms", "", str(gradcheck.layer(affine, starred, inputs=affine_inputs))) for _ in range(2)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", ["time", "perf_counter", "monotonic", "deadline"])
def test_no_clock_decides_what_is_found(name):
    """Only the seconds that a report prints come from a clock, and the limit after which a process is ended."""
    from pathlib import Path

    root = Path(gradcheck.__file__).parent
    found = [p.name for p in root.rglob("*.py") if re.search(rf"\b{name}\(", p.read_text(encoding="utf-8"))]
    assert set(found) <= {"check.py", "api.py", "workers.py"}


def test_the_size_of_another_array_is_not_verified():
    """b.shape[1] is 1 whatever the inputs are: the edit that takes out the 1/m by it only happens to fit."""

    def forward(A, W, b):
        return W @ A + b, (A, W, b)

    def backward(dout, cache):
        A, W, b = cache
        m = A.shape[1]
        return W.T @ dout / m, dout @ A.T, dout.sum(axis=1, keepdims=True) * b.shape[1]

    def inputs(rng, n):
        return rng.standard_normal((4, n)), rng.standard_normal((3, 4)), rng.standard_normal((3, 1))

    (finding,) = gradcheck.layer(forward, backward, inputs=inputs).findings
    assert finding.code == "SCALE_INV_BATCH"
    assert not re.search(r"[AW] -> b|b\.shape", finding.fix or "")


def test_a_number_that_is_a_keep_probability_as_well_is_not_verified():
    def forward(x, p):
        mask = (np.random.default_rng(3).random(x.shape) < p) / p
        return x * mask, mask

    def backward(dout, mask):
        return dout * (mask > 0)

    def inputs(rng, n):
        return rng.standard_normal((n, 8)), 0.5

    (finding,) = gradcheck.layer(forward, backward, inputs=inputs).findings
    assert finding.code == "SCALE_HALF"
    assert not finding.fix_verified or "2" not in finding.fix


def test_an_edit_that_divides_by_zero_is_no_edit():
    # (x @ w) over the seen ones: dout / (n / seen) has the right values, since a finite number over inf is 0
    def forward(x, w):
        seen = np.tril(np.ones((len(x), w.shape[1])))
        return np.maximum(x @ w, 0) * seen / len(x), (x, w, seen)

    def backward(dout, cache):
        x, w, seen = cache  # noqa: RUF059  what the backward forgets
        n = len(x)
        ds = dout * (x @ w > 0) / n
        return ds @ w.T, x.T @ ds

    def inputs(rng, n):
        return rng.standard_normal((n, 4)), rng.standard_normal((4, 5))

    finding = gradcheck.layer(forward, backward, inputs=inputs).findings[0]
    assert finding.code in ("MASK_MISSING", "MASK_WRONG")
    assert finding.fix_verified
    assert finding.fix.endswith("* seen")


def test_a_division_by_zero_of_ones_own_stays_open_to_edits():
    def forward(x):
        return np.where(x > 0, x, 0.0) ** 2, x

    def backward(dout, x):
        with np.errstate(all="ignore"):
            gate = np.where(x > 0, x / x, 0.0)
        return dout * gate * x

    report = gradcheck.layer(forward, backward, inputs=lambda rng, n: (rng.standard_normal((n, 4)) * (n > 1),))
    assert report.findings[0].code in ("SCALE_HALF", "SCALE_OTHER")
    assert report.findings[0].fix
