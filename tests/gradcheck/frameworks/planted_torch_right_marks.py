"""Correct autograd Functions that make use of every mark and freedom that a context has: none may be accused."""

import torch

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


class Constant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor, name):
        ctx.factor = factor
        return x * factor


@book.torch(None, Constant, lambda rng, n: (rng.standard_normal((n, 4)), 3, "three"))
def none_for_numbers_and_words(ctx, grad_output):
    return grad_output * ctx.factor, None, None


@book.torch(None, Constant, lambda rng, n: (rng.standard_normal((n, 4)), 2.5, None))
def extra_nones_are_allowed(ctx, grad_output):
    return grad_output * ctx.factor, None, None, None, None


class SortRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out, order = x.sort(dim=1)
        ctx.mark_non_differentiable(order)
        ctx.save_for_backward(order)
        return out, order


@book.torch(None, SortRows, draw)
def order_is_not_differentiable(ctx, grad_sorted, grad_order):
    (order,) = ctx.saved_tensors
    return torch.zeros_like(grad_sorted).scatter_(1, order, grad_sorted)


class NormAndMask(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        mask = (x > 0).to(x.dtype)
        ctx.mark_non_differentiable(mask)
        ctx.save_for_backward(mask)
        return x * mask, mask


@book.torch(None, NormAndMask, draw)
def float_output_marked(ctx, grad_out, grad_mask):
    (mask,) = ctx.saved_tensors
    return grad_out * mask


class ReluInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.clamp_(min=0)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x


@book.torch(None, ReluInPlace, draw)
def in_place_and_marked(ctx, grad_output):
    (out,) = ctx.saved_tensors
    return grad_output * (out > 0)


class SinCos(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x)
        return x.sin(), x.cos()


@book.torch(None, SinCos, draw)
def none_is_handled(ctx, grad_sin, grad_cos):
    (x,) = ctx.saved_tensors
    grad_x = None
    if grad_sin is not None:
        grad_x = grad_sin * x.cos()
    if grad_cos is not None:
        term = -grad_cos * x.sin()
        grad_x = term if grad_x is None else grad_x + term
    return grad_x


class Residual(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, branch):
        return x + branch(x.detach())


@book.torch(None, Residual, lambda rng, n: (rng.standard_normal((n, 4)), torch.ones_like))
def straight_through(ctx, grad_output):
    return grad_output.view_as(grad_output), None


class Chosen(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x if ctx.needs_input_grad[1] else None, w if ctx.needs_input_grad[0] else None)
        return x @ w


@book.torch(None, Chosen, lambda rng, n: (rng.standard_normal((n, 4)), rng.standard_normal((4, 3))))
def saves_what_is_needed(ctx, grad_output):
    x, w = ctx.saved_tensors
    return None if w is None else grad_output @ w.T, None if x is None else x.T @ grad_output


class ByVjp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def vjp(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * x.cos()


book.torch_function(None, ByVjp, draw)

CASES = book.cases
