"""Functions that break autograd's promises rather than the chain rule."""

import torch

from gradcheck.casebook import Casebook

book = Casebook()
BUFFER = torch.zeros(7, 3, dtype=torch.float64)


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def affine_draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)


class ReluInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.clamp_(min=0)
        ctx.save_for_backward(x)
        return x.clone()


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        t = torch.tanh(x)
        ctx.save_for_backward(t)
        return t


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x * x


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor


class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w + b


class Mul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y


class TwoOutputs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x)
        return x.sin(), x.cos()


class Noisy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        generator = torch.Generator()
        generator.seed()
        mask = torch.rand(x.shape, generator=generator) < 0.5
        ctx.save_for_backward(mask)
        return x * mask


@book.torch("MUTATES_DOUT", Relu, draw)
def relu_writes_grad_output(ctx, grad_output):
    (x,) = ctx.saved_tensors
    grad_input = grad_output
    grad_input[x <= 0] = 0
    return grad_input


@book.torch("MUTATES_DOUT", Tanh, draw)
def tanh_scales_grad_output(ctx, grad_output):
    (t,) = ctx.saved_tensors
    return grad_output.mul_(1 - t**2)


@book.torch("MUTATES_CACHE", Tanh, draw)
def tanh_squares_saved_tensor(ctx, grad_output):
    (t,) = ctx.saved_tensors
    t.pow_(2)
    return grad_output * (1 - t)


@book.torch("MUTATES_CACHE", Square, draw)
def square_doubles_saved_tensor(ctx, grad_output):
    ctx.x *= 2
    return grad_output * ctx.x


@book.torch("MUTATES_INPUT", ReluInPlace, draw)
def relu_forward_writes(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x > 0)


@book.torch("ALIASED", Scale, lambda rng, n: (rng.standard_normal((n, 7)), 1))
def view_of_grad_output(ctx, grad_output):
    return grad_output.view_as(grad_output), None


@book.torch("NOT_REENTRANT", Affine, affine_draw)
def affine_accumulates(ctx, grad_output):
    x, w = ctx.saved_tensors
    BUFFER.add_(x.T @ grad_output)
    return grad_output @ w.T, BUFFER.clone(), grad_output.sum(0)


@book.torch("NONDETERMINISTIC", Noisy, draw)
def forward_draws(ctx, grad_output):
    (mask,) = ctx.saved_tensors
    return grad_output * mask


@book.torch("DTYPE", Tanh, draw)
def tanh_float32(ctx, grad_output):
    (t,) = ctx.saved_tensors
    return (grad_output * (1 - t**2)).float()


@book.torch("DTYPE", Tanh, draw)
def tanh_float32_inside(ctx, grad_output):
    (t,) = ctx.saved_tensors
    t = t.float()
    return grad_output * (1 - t * t).double()


@book.torch("DTYPE", Relu, draw)
def relu_whole_numbers(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return (grad_output * (x > 0)).long()


@book.torch("RAISES", Square, draw)
def wrong_attribute(ctx, grad_output):
    return 2 * grad_output * ctx.saved_x


@book.torch("RAISES", Scale, lambda rng, n: (rng.standard_normal((n, 7)), 3))
def gradient_for_a_number(ctx, grad_output):
    return grad_output * ctx.factor, grad_output.sum()


@book.torch("MISSING_GRAD", Scale, lambda rng, n: (rng.standard_normal((n, 7)), 3))
def forgets_the_number(ctx, grad_output):
    return grad_output * ctx.factor


@book.torch("RAISES", Relu, draw)
def one_gradient_too_many(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x > 0), grad_output


@book.torch("MISSING_GRAD", Affine, affine_draw)
def looks_at_the_wrong_need(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x = grad_w = grad_b = None
    if ctx.needs_input_grad[0]:
        grad_x = grad_output @ w.T
    if ctx.needs_input_grad[0]:
        grad_w = x.T @ grad_output
    if ctx.needs_input_grad[2]:
        grad_b = grad_output.sum(0)
    return grad_x, grad_w, grad_b


@book.torch("MISSING_GRAD", Mul, pair)
def returns_early(ctx, grad_output):
    x, y = ctx.saved_tensors
    if not ctx.needs_input_grad[0]:
        return None, None
    return grad_output * y, grad_output * x


@book.torch("RAISES", TwoOutputs, draw)
def none_is_not_handled(ctx, grad_sin, grad_cos):
    (x,) = ctx.saved_tensors
    return grad_sin * x.cos() - grad_cos * x.sin()


@book.torch("ADDITIVE_TERM", Square, draw)
def square_leaks_x(ctx, grad_output):
    return 2 * grad_output * ctx.x + ctx.x


class Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, ids, table):
        ctx.save_for_backward(ids, table)
        return table[ids]


@book.torch("REPEATED_INDEX", Lookup, lambda rng, n: (rng.integers(5, size=(n, 3)), rng.standard_normal((5, 4))))
def lookup_adds_once(ctx, grad_output):
    ids, table = ctx.saved_tensors
    grad_table = torch.zeros_like(table)
    grad_table[ids] += grad_output
    return None, grad_table


CASES = book.cases
