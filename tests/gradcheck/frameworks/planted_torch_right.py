"""Correct autograd Functions written as people write them, and on awkward inputs: none may be accused."""

import torch
from torch.autograd.function import once_differentiable

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


def affine_draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def scaled(factor):
    return lambda rng, n: (rng.standard_normal((n, 7)) * factor,)


class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b=None):
        ctx.save_for_backward(x, w, b)
        return x @ w if b is None else x @ w + b


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.tanh(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)


for factor in (1e-8, 1.0, 1e8):

    @book.torch(None, Relu, scaled(factor))
    def relu_masked(ctx, grad_output):
        (x,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[x <= 0] = 0
        return grad_input

    @book.torch(None, Tanh, scaled(factor))
    @once_differentiable
    def tanh_once(ctx, grad_output):
        (t,) = ctx.saved_tensors
        return grad_output * (1 - t * t)


@book.torch(None, Relu, lambda rng, n: tuple(torch.from_numpy(a).float() for a in draw(rng, n)))
def relu_in_float32(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (x > 0)


@book.torch(None, Affine, lambda rng, n: tuple(torch.from_numpy(a).float() for a in affine_draw(rng, n)))
def affine_in_float32(ctx, grad_output):
    x, w, _ = ctx.saved_tensors
    return grad_output @ w.t(), x.t() @ grad_output, grad_output.sum(0)


@book.torch(None, Affine, affine_draw)
def affine_looks_at_needs(ctx, grad_output):
    x, w, b = ctx.saved_tensors
    grad_x = grad_w = grad_b = None
    if ctx.needs_input_grad[0]:
        grad_x = grad_output.mm(w.t())
    if ctx.needs_input_grad[1]:
        grad_w = x.t().mm(grad_output)
    if b is not None and ctx.needs_input_grad[2]:
        grad_b = grad_output.sum(0).squeeze(0)
    return grad_x, grad_w, grad_b


@book.torch(None, Affine, lambda rng, n: (*affine_draw(rng, n)[:2], None))
def affine_without_bias(ctx, grad_output):
    x, w, _ = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, None


@book.torch(None, Affine, affine_draw)
def affine_bias_left_to_autograd(ctx, grad_output):
    x, w, _ = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output


class Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        return x + y


@book.torch(None, Add, pair)
def add_hands_on_the_same_tensor(ctx, grad_output):
    return grad_output, grad_output


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        ctx.twice = 2 * x
        return x**3


@book.torch(None, Cube, draw)
def tensors_as_attributes(ctx, grad_output):
    return grad_output * 1.5 * ctx.twice * ctx.x


class DropoutOfGlobalStream(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p=0.5):
        mask = (torch.rand_like(x) >= p).to(x.dtype) / (1 - p)
        ctx.save_for_backward(mask)
        return x * mask


@book.torch(None, DropoutOfGlobalStream, draw)
def dropout_global_stream(ctx, grad_output):
    (mask,) = ctx.saved_tensors
    return grad_output * mask


class Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, ids, table):
        ctx.save_for_backward(ids)
        ctx.rows = table.shape[0]
        return table[ids]


@book.torch(None, Lookup, lambda rng, n: (rng.integers(5, size=n), rng.standard_normal((5, 3))))
def lookup_adds(ctx, grad_output):
    (ids,) = ctx.saved_tensors
    grad = grad_output.new_zeros(ctx.rows, grad_output.shape[1])
    return None, grad.index_add_(0, ids, grad_output)


class RowMax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        best, at = x.max(dim=1)
        ctx.save_for_backward(at)
        ctx.shape = x.shape
        return best


@book.torch(None, RowMax, lambda rng, n: (rng.standard_normal((n, 6)).round(),))
def max_with_ties(ctx, grad_output):
    (at,) = ctx.saved_tensors
    grad = torch.zeros(ctx.shape, dtype=grad_output.dtype)
    return grad.scatter_(1, at[:, None], grad_output[:, None])


class Transpose(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.t()


@book.torch(None, Transpose, draw)
def transpose_is_a_view(ctx, grad_output):
    return grad_output.t()


class CumulativeSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, dim):
        ctx.dim = dim
        return x.cumsum(dim)


@book.torch(None, CumulativeSum, lambda rng, n: (rng.standard_normal((n, 4)), 1))
def cumulative_sum(ctx, grad_output):
    return grad_output.flip(ctx.dim).cumsum(ctx.dim).flip(ctx.dim), None


class CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        logp = torch.log_softmax(x, dim=1)
        ctx.save_for_backward(logp, y)
        return torch.nn.functional.nll_loss(logp, y)


@book.torch(None, CrossEntropy, lambda rng, n: (rng.standard_normal((n, 4)) * 20, rng.integers(4, size=n)))
def cross_entropy(ctx, grad_output):
    logp, y = ctx.saved_tensors
    grad = logp.exp()
    grad[torch.arange(len(y)), y] -= 1
    return grad_output * grad / len(y), None


class BatchNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps=1e-5):
        std = (x.var(0, unbiased=False) + eps).sqrt()
        xhat = (x - x.mean(0)) / std
        ctx.save_for_backward(xhat, gamma, std)
        return gamma * xhat + beta


@book.torch(None, BatchNorm, lambda rng, n: (rng.standard_normal((n, 5)), rng.uniform(0.5, 2, 5), rng.standard_normal(5)))
def batch_norm(ctx, g):
    xhat, gamma, std = ctx.saved_tensors
    n = len(g)
    return gamma / std / n * (n * g - g.sum(0) - xhat * (g * xhat).sum(0)), (g * xhat).sum(0), g.sum(0), None


class Conv1d(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.nn.functional.conv1d(x, w, padding=1)


@book.torch(None, Conv1d, lambda rng, n: (rng.standard_normal((n, 2, 5)), rng.standard_normal((3, 2, 3))))
def convolution_by_the_library(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x = torch.nn.grad.conv1d_input(x.shape, w, grad_output, padding=1)
    return grad_x, torch.nn.grad.conv1d_weight(x, w.shape, grad_output, padding=1)


@book.torch(None, Conv1d, lambda rng, n: (rng.standard_normal((n, 2, 5)), rng.standard_normal((3, 2, 3))))
def convolution_by_hand(ctx, grad_output):
    x, w = ctx.saved_tensors
    padded = torch.nn.functional.pad(x, (1, 1))
    windows = padded.unfold(2, 3, 1)
    grad_w = torch.einsum("nol,nclk->ock", grad_output, windows)
    return torch.nn.functional.conv_transpose1d(grad_output, w, padding=1), grad_w


class ThroughNumPy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.from_numpy(x.numpy().cumprod(axis=1) * 0 + x.numpy() ** 2)
        ctx.save_for_backward(x)
        return out


@book.torch(None, ThroughNumPy, draw)
def through_numpy(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return torch.from_numpy(2 * grad_output.numpy() * x.numpy())


CASES = book.cases
