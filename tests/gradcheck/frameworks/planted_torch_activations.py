"""The planted elementwise bugs as autograd Functions, the saved tensors being x or the output."""

import torch

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)) * 1.5,)


def positive(rng, n):
    return (rng.uniform(0.2, 3.0, (n, 6)),)


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)


class Leaky(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha=0.1):
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * x)


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return s


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.tanh(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x, output)


class Elu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.where(x > 0, x, torch.expm1(x.clamp(max=0)))
        ctx.save_for_backward(x, out)
        return out


class Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(-1, 1)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2


class Log(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.log()


class Softplus(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.logaddexp(torch.zeros_like(x), x)
        ctx.save_for_backward(x, out)
        return out


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = x.exp()
        ctx.save_for_backward(out)
        return out


@book.torch("KINK_CONVENTION", Relu, draw)
def relu_ge(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x >= 0)


@book.torch("MASK_FROM_DOUT", Relu, draw)
def relu_of_grad_output(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return torch.where(grad_output > 0, grad_output, 0)


@book.torch("MASK_MISSING", Relu, draw)
def relu_passes_all(ctx, grad_output):
    grad_input = grad_output.clone()
    return grad_input


@book.torch("MASK_INVERTED", Relu, draw)
def relu_inverted(ctx, grad_output):
    (x,) = ctx.saved_tensors
    grad_input = grad_output.clone()
    grad_input[x > 0] = 0
    return grad_input


@book.torch("MASK_LEAK", Relu, draw)
def relu_leaks(ctx, grad_output):
    (x,) = ctx.saved_tensors
    grad_input = grad_output.clone()
    grad_input[x <= 0] *= 0.01
    return grad_input


@book.torch("MASK_WRONG", Relu, draw)
def relu_threshold(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x > 0.1)


@book.torch("IGNORES_DOUT", Relu, draw)
def relu_only_mask(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return (x > 0).to(x.dtype)


@book.torch("NONLINEAR_DOUT", Relu, draw)
def relu_squares_grad_output(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output**2 * (x > 0)


@book.torch("NONLINEAR_DOUT", Relu, draw)
def relu_clips_grad_output(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output.clamp(-1, 1) * (x > 0)


@book.torch("BATCH_SUBSET", Relu, draw)
def relu_last_row_only(ctx, grad_output):
    (x,) = ctx.saved_tensors
    grad_input = torch.zeros_like(x)
    grad_input[-1] = grad_output[-1] * (x[-1] > 0)
    return grad_input


@book.torch("MASK_INVERTED", Leaky, draw)
def leaky_inverted(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return torch.where(x > 0, ctx.alpha * grad_output, grad_output), None


@book.torch("MASK_LEAK", Leaky, draw)
def leaky_wrong_slope(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return torch.where(x > 0, grad_output, 0.3 * grad_output), None


@book.torch("ELEMENTWISE_FACTOR", Sigmoid, draw)
def sigmoid_only_s(ctx, grad_output):
    x, s = ctx.saved_tensors
    return grad_output * s


@book.torch("ELEMENTWISE_FACTOR", Sigmoid, draw)
def sigmoid_plus(ctx, grad_output):
    x, s = ctx.saved_tensors
    return grad_output * s * (1 + s)


@book.torch("WRONG_POINT", Sigmoid, draw)
def sigmoid_formula_at_x(ctx, grad_output):
    x, s = ctx.saved_tensors
    return grad_output * x * (1 - x)


@book.torch("WRONG_POINT", Sigmoid, draw)
def sigmoid_twice(ctx, grad_output):
    x, s = ctx.saved_tensors
    s = torch.sigmoid(s)
    return grad_output * s * (1 - s)


@book.torch("SIGN", Sigmoid, draw)
def sigmoid_sign(ctx, grad_output):
    x, s = ctx.saved_tensors
    return grad_output * s * (s - 1)


@book.torch("ELEMENTWISE_FACTOR", Tanh, draw)
def tanh_no_square(ctx, grad_output):
    x, t = ctx.saved_tensors
    return grad_output * (1 - t)


@book.torch("WRONG_POINT", Tanh, draw)
def tanh_at_x(ctx, grad_output):
    x, t = ctx.saved_tensors
    return grad_output * (1 - x**2)


@book.torch("WRONG_POINT", Tanh, draw)
def tanh_of_tanh(ctx, grad_output):
    x, t = ctx.saved_tensors
    return grad_output * (1 - torch.tanh(t) ** 2)


@book.torch("SMALL_ERROR", Tanh, draw)
def tanh_rounded(ctx, grad_output):
    x, t = ctx.saved_tensors
    return grad_output * (1.0001 - t * t)


@book.torch("ELEMENTWISE_FACTOR", Elu, draw)
def elu_factor(ctx, grad_output):
    x, out = ctx.saved_tensors
    return torch.where(x > 0, grad_output, grad_output * out)


@book.torch("MASK_WRONG", Clip, draw)
def clip_one_side(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x < 1)


@book.torch("SCALE_HALF", Square, draw)
def square_without_two(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * x


@book.torch("ELEMENTWISE_FACTOR", Log, positive)
def log_times_x(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * x


@book.torch("WRONG_POINT", Softplus, draw)
def softplus_sigmoid_of_out(ctx, grad_output):
    x, out = ctx.saved_tensors
    return grad_output * torch.sigmoid(out)


@book.torch("ADDITIVE_TERM", Swish, draw)
def swish_product_rule(ctx, grad_output):
    x, s = ctx.saved_tensors
    return grad_output * x * s * (1 - s)


@book.torch("SCALE_TWO", Exp, draw)
def exp_twice(ctx, grad_output):
    (out,) = ctx.saved_tensors
    return grad_output * (out + out)


CASES = book.cases
