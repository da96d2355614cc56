"""gradcheck.torch: planted bugs as autograd Functions are named, correct ones pass, edits are in PyTorch's words."""

from pathlib import Path

import numpy as np
import pytest

import gradcheck
from gradcheck import selftest

torch = pytest.importorskip("torch", reason="needs torch (pip install 'layergraph[torch]')")

FOLDER = Path(__file__).parent / "frameworks"
CASES = [case for path in sorted(FOLDER.glob("planted_torch_*.py")) for case in selftest.load(path)]
WRONG = [case for case in CASES if case["expected"] is not None]
RIGHT = [case for case in CASES if case["expected"] is None]
NOTES = ("affine_db_is_grad_output", "affine_db_keepdim", "view_of_grad_output")  # autograd puts them right


class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w + b

    @staticmethod
    def backward(ctx, grad_output):
        x, w = ctx.saved_tensors
        return grad_output @ w.t(), x.t() @ grad_output, grad_output.mean(dim=0)


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        grad_output[x <= 0] = 0
        return grad_output


def arguments():
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((5, 4), (4, 3), (3,))]


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c["name"])
def test_bug_is_caught_and_named_first(case):
    report = selftest.check_case(case, repair=False)
    assert report.ok == (case["name"] in NOTES)
    assert report.findings[0].code == case["expected"], report


@pytest.mark.parametrize("case", RIGHT, ids=[f"{k}-{c['name']}" for k, c in enumerate(RIGHT)])
def test_correct_function_passes(case):
    report = selftest.check_case(case, 3)
    assert report.verdict == "pass", report


def test_there_are_enough_of_both():
    assert len(WRONG) >= 60
    assert len(RIGHT) >= 30


def test_the_edit_is_of_the_users_own_line_and_leaves_the_class_alone():
    before = Affine.backward
    report = gradcheck.torch(Affine, *arguments())
    (finding,) = report.findings
    assert (finding.code, finding.where) == ("SCALE_INV_BATCH", "b")
    assert finding.fix_verified
    assert finding.fix.endswith("mean -> sum")
    assert "test_torch_functions.py" in finding.source
    assert Affine.backward is before


def test_apply_is_the_function_as_well():
    assert gradcheck.torch(Affine.apply, *arguments(), repair=False).findings[0].code == "SCALE_INV_BATCH"


def test_a_write_into_grad_output_is_found_at_its_line_and_mended():
    (finding,) = gradcheck.torch(Relu, arguments()[0]).findings
    assert finding.code == "MUTATES_DOUT"
    assert finding.source.endswith("grad_output[x <= 0] = 0")
    assert "grad_output.clone()" in finding.fix
    assert finding.fix_verified


def test_float32_alone_is_said():
    class Single(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            weight = torch.ones(4, 2)
            ctx.save_for_backward(weight)
            return x @ weight

        @staticmethod
        def backward(ctx, grad_output):
            (weight,) = ctx.saved_tensors
            return grad_output @ weight.t()

    report = gradcheck.torch(Single, arguments()[0].float())
    assert report.ok, report
    assert any("float32 only" in note for note in report.notes)


def test_arrays_of_numpy_and_named_arguments_are_taken():
    report = gradcheck.torch(Affine, *(t.numpy() for t in arguments()), names=["X", "W", "c"], repair=False)
    assert report.findings[0].where == "c"
    assert list(report.tensors) == ["X", "W", "c"]


class NoBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x


class Bound(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x

    def backward(ctx, grad_output):  # noqa: N805
        return grad_output


class NeedsCuda(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        if not x.is_cuda:
            raise RuntimeError("expected a CUDA tensor")
        return x

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


@pytest.mark.parametrize(
    ("function", "given", "told"),
    [
        (np.tanh, [np.ones(3)], "gradcheck.torch takes a torch.autograd.Function"),
        (torch.autograd.Function, [np.ones(3)], "defines no forward"),
        (NoBackward, [np.ones(3)], "defines no backward: write one"),
        (Bound, [np.ones(3)], "Bound.backward is no static method"),
        (NeedsCuda, [np.ones(3)], "needs a GPU"),
        (Relu, [torch.ones(3, dtype=torch.complex64)], "x is complex .* torch.view_as_real"),
        (Relu, [torch.ones(3, dtype=torch.int64)], "no tensor of floats to differentiate .*x: int64"),
        (Relu, [torch.ones(3), 2], r"Relu.forward takes 1 arguments \(x\); got 2"),
        (Relu, [torch.ones(3).to_sparse()], "x is torch.sparse_coo; .*to_dense"),
        (Relu, [torch.ones(3, device="meta")], "x is on meta; .*CPU"),
        (Relu, [torch.ones(0)], "x is empty"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_line(function, given, told):
    with pytest.raises((TypeError, ValueError), match=told) as caught:
        gradcheck.torch(function, *given)
    assert "\n" not in str(caught.value)


def test_arguments_are_drawn_from_their_names():
    (finding,) = gradcheck.torch(Affine, repair=False).findings
    assert (finding.code, finding.where) == ("SCALE_INV_BATCH", "b")
    assert "0.1428571429 at N = 7" in finding.message


def test_arguments_without_a_known_name_are_asked_for():
    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx, lattice):
            return lattice.spins * 1.0

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output

    with pytest.raises(TypeError, match=r"def Odd_inputs\(rng, n\): return lattice"):
        gradcheck.torch(Odd)


def test_a_function_that_ends_the_program_is_a_finding():
    class Quits(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad_output):
            raise SystemExit(3)

    report = gradcheck.torch(Quits, arguments()[0])
    assert report.findings[0].code == "RAISES"
    assert "end the program" in report.findings[0].message


def test_the_global_stream_is_put_back():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    dropout = next(c for c in RIGHT if c["name"] == "dropout_global_stream")
    assert selftest.check_case(dropout).ok
    assert torch.equal(torch.rand(3), expected)
