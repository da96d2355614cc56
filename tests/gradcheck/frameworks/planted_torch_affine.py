"""The planted affine bugs as autograd Functions: one fault in each backward."""

import torch

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def square(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 4)), rng.standard_normal(4)


def gates(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal((4, 3))


class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w + b


class AffineRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        z = x @ w + b
        ctx.save_for_backward(x, w, z)
        return torch.relu(z)


class Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, v):
        z, s = x @ w, torch.sigmoid(x @ v)
        ctx.save_for_backward(x, w, v, z, s)
        return z * s


@book.torch("SCALE_INV_BATCH", Affine, draw)
def affine_db_mean(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.t(), x.t() @ grad_output, grad_output.mean(dim=0)


@book.torch("SCALE_INV_BATCH", Affine, draw)
def affine_dw_averaged(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_w = x.t().mm(grad_output) / x.shape[0]
    return grad_output.mm(w.t()), grad_w, grad_output.sum(0)


@book.torch("TRANSPOSED", Affine, square)
def affine_w_not_transposed(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output.mm(w), x.t().mm(grad_output), grad_output.sum(0)


@book.torch("TRANSPOSED", Affine, draw)
def affine_dw_transposed(ctx, grad_output):
    x, w = ctx.saved_tensors
    return torch.matmul(grad_output, w.T), torch.matmul(grad_output.T, x), grad_output.sum(dim=0)


@book.torch("SWAPPED", Affine, draw)
def affine_order(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x, grad_w, grad_b = grad_output @ w.T, x.T @ grad_output, grad_output.sum(0)
    return grad_w, grad_x, grad_b


@book.torch("NOT_SUMMED", Affine, draw)
def affine_db_is_grad_output(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output.clone()


@book.torch("KEEPDIMS", Affine, draw)
def affine_db_keepdim(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_b = grad_output.sum(dim=0, keepdim=True)
    return grad_output @ w.T, x.T @ grad_output, grad_b


@book.torch("WRONG_AXIS", Affine, draw)
def affine_db_dim(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output.sum(dim=1)


@book.torch("OVER_SUMMED", Affine, draw)
def affine_db_total(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output.sum().expand(w.shape[1])


@book.torch("BATCH_SUBSET", Affine, draw)
def affine_loop_assigns(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_w = torch.zeros_like(w)
    for i in range(len(x)):
        grad_w = torch.outer(x[i], grad_output[i])
    return grad_output @ w.T, grad_w, grad_output.sum(0)


@book.torch("BATCH_SUBSET", Affine, draw)
def affine_db_first(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output[0].clone()


@book.torch("SIGN", Affine, draw)
def affine_negative_dx(ctx, grad_output):
    x, w = ctx.saved_tensors
    return -grad_output @ w.T, x.T @ grad_output, grad_output.sum(0)


@book.torch("ZERO", Affine, draw)
def affine_forgot_dw(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x, grad_w = torch.zeros_like(x), torch.zeros_like(w)
    grad_x += grad_output @ w.T
    return grad_x, grad_w, grad_output.sum(0)


@book.torch("ZERO", Affine, draw)
def affine_none_for_w(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, None, grad_output.sum(0)


@book.torch("MISSING_GRAD", Affine, draw)
def affine_two_returned(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output


@book.torch("IGNORES_DOUT", Affine, draw)
def affine_dw_without_grad_output(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ torch.ones_like(grad_output), grad_output.sum(0)


@book.torch("ADDITIVE_TERM", Affine, draw)
def affine_dx_leak(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x = grad_output @ w.T
    grad_x = grad_x + 0.3 * x
    return grad_x, x.T @ grad_output, grad_output.sum(0)


@book.torch("RAISES", Affine, draw)
def affine_raises(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w, x.T @ grad_output, grad_output.sum(0)


@book.torch("WRONG_SHAPE", Affine, draw)
def affine_dw_cut(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, (x.T @ grad_output)[:, :2], grad_output.sum(0)


@book.torch("SCALE_OTHER", Affine, draw)
def affine_divided_by_features(ctx, grad_output):
    x, w = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output / x.size(1), grad_output.sum(0)


@book.torch("MASK_MISSING", AffineRelu, draw)
def affine_relu_no_mask(ctx, grad_output):
    x, w, z = ctx.saved_tensors
    return grad_output @ w.T, x.T @ grad_output, grad_output.sum(0)


@book.torch("MASK_INVERTED", AffineRelu, draw)
def affine_relu_inverted(ctx, grad_output):
    x, w, z = ctx.saved_tensors
    grad_z = grad_output * (z < 0)
    return grad_z @ w.T, x.T @ grad_z, grad_z.sum(0)


@book.torch("MASK_LEAK", AffineRelu, draw)
def affine_relu_leaks(ctx, grad_output):
    x, w, z = ctx.saved_tensors
    grad_z = torch.where(z > 0, grad_output, 0.1 * grad_output)
    return grad_z @ w.T, x.T @ grad_z, grad_z.sum(0)


@book.torch("MASK_FROM_DOUT", AffineRelu, draw)
def affine_relu_mask_of_grad_output(ctx, grad_output):
    x, w, z = ctx.saved_tensors
    grad_z = grad_output.clamp(min=0)
    return grad_z @ w.T, x.T @ grad_z, grad_z.sum(0)


@book.torch("MASK_WRONG", AffineRelu, draw)
def affine_relu_threshold(ctx, grad_output):
    x, w, z = ctx.saved_tensors
    grad_z = grad_output * (z > 0.5)
    return grad_z @ w.T, x.T @ grad_z, grad_z.sum(0)


@book.torch("MISSING_TERM", Gated, gates)
def gate_held_constant_for_x(ctx, grad_output):
    x, w, v, z, s = ctx.saved_tensors
    return (grad_output * s) @ w.T, x.T @ (grad_output * s), x.T @ (grad_output * z * s * (1 - s))


CASES = book.cases
