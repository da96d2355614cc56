"""gradcheck.torch on modules with a custom backward, and on the derivative of a backward."""

import pytest

import gradcheck

torch = pytest.importorskip("torch", reason="needs torch (pip install 'layergraph[torch]')")


class Swish(torch.autograd.Function):
    """Right once; the sigmoid that it saves is a constant to whoever differentiates backward."""

    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_output):
        x, s = ctx.saved_tensors
        return grad_output * (s + x * s * (1 - s))


class SwishTwice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad_output * (s + x * s * (1 - s))


class WrongSwish(Swish):
    @staticmethod
    def backward(ctx, grad_output):
        x, s = ctx.saved_tensors
        return grad_output * (s + x * s * (1 + s))


class Once(Swish):
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_output):
        x, s = ctx.saved_tensors
        return grad_output * (s + x * s * (1 - s))


class OtherwiseByAutograd(Swish):
    @staticmethod
    def backward(ctx, grad_output):
        x, s = ctx.saved_tensors
        factor = 2 if isinstance(ctx, torch.autograd.function.BackwardCFunction) else 1
        return factor * grad_output * (s + x * s * (1 - s))


class Net(torch.nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.linear, self.activation = torch.nn.Linear(4, 3), activation

    def forward(self, x):
        return self.activation.apply(self.linear(x))


class ByHand(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(4, 3))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, grad_output):
        self.w.grad = self.x.T @ grad_output / len(grad_output)
        return grad_output @ self.w.T


def x():
    return torch.randn(5, 4, generator=torch.Generator().manual_seed(2))


def test_a_module_is_right_where_its_function_is():
    report = gradcheck.torch(Net(Swish), x())
    assert report.verdict == "pass", report
    assert set(report.tensors) == {"x", "linear.weight", "linear.bias"}


def test_the_function_within_a_module_is_mended_in_place_and_put_back():
    before, net = WrongSwish.backward, Net(WrongSwish)
    weight = net.linear.weight.detach().clone()
    report = gradcheck.torch(net, x())
    assert not report.ok
    assert report.findings[0].fix_verified
    assert "+ -> - in 1 + s" in report.findings[0].fix
    assert WrongSwish.backward is before
    assert torch.equal(net.linear.weight, weight)
    assert net.linear.weight.dtype == torch.float32


def test_a_module_with_a_backward_of_its_own():
    (finding,) = gradcheck.torch(ByHand(), x()).findings
    assert (finding.code, finding.where, finding.fix_verified) == ("SCALE_INV_BATCH", "w", True)


def test_a_module_without_inputs_is_refused_in_one_line():
    with pytest.raises(TypeError, match=r"Net is called with x, .* gradcheck.torch\(module, x\)"):
        gradcheck.torch(Net(Swish))


def test_what_draws_the_inputs_of_a_module_has_to_be_a_function():
    with pytest.raises(TypeError, match=r"inputs is a Tensor; expected a function inputs\(rng, n\)"):
        gradcheck.torch(Net(Swish), inputs=x())


def test_what_autograd_itself_comes_to_is_compared():
    (finding,) = gradcheck.torch(OtherwiseByAutograd, x(), repair=False).findings
    assert (finding.code, finding.where) == ("NOT_REENTRANT", "x")
    assert finding.message.startswith("run by autograd, the gradient of x is another one")


def test_double_backward_sees_a_saved_intermediate():
    assert gradcheck.torch(Swish, x()).ok
    report = gradcheck.torch(Swish, x(), double_backward=True)
    assert not report.ok
    assert report.findings[0].where == "second derivative by x"
    assert report.findings[0].fix.startswith("save inputs and outputs only")


def test_double_backward_passes_where_it_is_recomputed():
    report = gradcheck.torch(SwishTwice, x(), double_backward=True)
    assert report.verdict == "pass", report
    assert "second derivative by grad_output" in report.tensors


def test_double_backward_of_what_is_differentiable_once_is_told():
    with pytest.raises(ValueError, match=r"Once\.backward is marked once_differentiable"):
        gradcheck.torch(Once, x(), double_backward=True)


def test_double_backward_waits_for_the_first():
    report = gradcheck.torch(WrongSwish, x(), double_backward=True, repair=False)
    assert any("the first derivative has to be right before" in note for note in report.notes)
