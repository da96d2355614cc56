"""The planted bugs of normalisation, dropout, pooling, products and losses as autograd Functions."""

import torch

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 6)) * 2 + 1, rng.uniform(0.5, 2, 6), rng.standard_normal(6)


def masked(rng, n):
    return rng.standard_normal((n, 7)), rng.random((n, 7)) < 0.7


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def scores(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


class BatchNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta):
        std = torch.sqrt(x.var(0, unbiased=False) + 1e-5)
        xhat = (x - x.mean(0)) / std
        ctx.save_for_backward(xhat, gamma, std)
        return gamma * xhat + beta


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta):
        std = torch.sqrt(x.var(1, unbiased=False, keepdim=True) + 1e-5)
        xhat = (x - x.mean(1, keepdim=True)) / std
        ctx.save_for_backward(xhat, gamma, std)
        return gamma * xhat + beta


class Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask):
        ctx.keep = 0.7
        ctx.save_for_backward(mask)
        return x * mask / ctx.keep


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        p = torch.softmax(x, dim=1)
        ctx.save_for_backward(p)
        return p


class Mul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y


class AveragePool(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.mean(dim=(2, 3))


class CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        logp = torch.log_softmax(x, dim=1)
        ctx.save_for_backward(logp.exp(), y)
        return -logp[torch.arange(len(y)), y].mean()


class SquaredError(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, t):
        ctx.save_for_backward(x, t)
        return 0.5 * ((x - t) ** 2).sum() / len(x)


@book.torch("BN_MEAN_TERM", BatchNorm, draw)
def bn_no_mean_term(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    return (g - xhat * (g * xhat).mean(0)) / std, (grad_output * xhat).sum(0), grad_output.sum(0)


@book.torch("BN_VAR_TERM", BatchNorm, draw)
def bn_no_var_term(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    return (g - g.mean(0)) / std, (grad_output * xhat).sum(0), grad_output.sum(0)


@book.torch("BN_VAR_TERM", BatchNorm, draw)
def bn_var_sign(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    return (g - g.mean(0) + xhat * (g * xhat).mean(0)) / std, (grad_output * xhat).sum(0), grad_output.sum(0)


@book.torch("ELEMENTWISE_FACTOR", BatchNorm, draw)
def bn_no_gamma(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std, (g * xhat).sum(0), g.sum(0)


@book.torch("ELEMENTWISE_FACTOR", BatchNorm, draw)
def bn_no_std(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    return g - g.mean(0) - xhat * (g * xhat).mean(0), (grad_output * xhat).sum(0), grad_output.sum(0)


@book.torch("SWAPPED", BatchNorm, draw)
def bn_gamma_beta_swapped(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    grad_x = (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std
    return grad_x, grad_output.sum(0), (grad_output * xhat).sum(0)


@book.torch("SCALE_INV_BATCH", BatchNorm, draw)
def bn_dgamma_mean(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    grad_x = (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std
    return grad_x, (grad_output * xhat).mean(0), grad_output.sum(0)


@book.torch("BN_MEAN_TERM", LayerNorm, draw)
def ln_no_mean_term(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    grad_x = (g - xhat * (g * xhat).mean(1, keepdim=True)) / std
    return grad_x, (grad_output * xhat).sum(0), grad_output.sum(0)


@book.torch("WRONG_AXIS", LayerNorm, draw)
def ln_dgamma_dim(ctx, grad_output):
    xhat, gamma, std = ctx.saved_tensors
    g = grad_output * gamma
    grad_x = (g - g.mean(1, keepdim=True) - xhat * (g * xhat).mean(1, keepdim=True)) / std
    return grad_x, (grad_output * xhat).sum(1), grad_output.sum(0)


@book.torch("MASK_MISSING", Dropout, masked)
def dropout_no_mask(ctx, grad_output):
    return grad_output / ctx.keep, None


@book.torch("SCALE_OTHER", Dropout, masked)
def dropout_no_scale(ctx, grad_output):
    (mask,) = ctx.saved_tensors
    return grad_output * mask, None


@book.torch("MASK_INVERTED", Dropout, masked)
def dropout_inverted(ctx, grad_output):
    (mask,) = ctx.saved_tensors
    return grad_output * ~mask / ctx.keep, None


@book.torch("NONDETERMINISTIC", Dropout, masked)
def dropout_drawn_again(ctx, grad_output):
    return grad_output * (torch.rand_like(grad_output) < ctx.keep) / ctx.keep, None


@book.torch("WRONG_AXIS", Softmax, lambda rng, n: (rng.standard_normal((n, 6)),))
def softmax_dim(ctx, grad_output):
    (p,) = ctx.saved_tensors
    return p * (grad_output - (grad_output * p).sum(dim=0))


@book.torch("ELEMENTWISE_FACTOR", Softmax, lambda rng, n: (rng.standard_normal((n, 6)),))
def softmax_no_p(ctx, grad_output):
    (p,) = ctx.saved_tensors
    return grad_output - (grad_output * p).sum(dim=1, keepdim=True)


@book.torch("SWAPPED", Mul, pair)
def product_swapped(ctx, grad_output):
    x, y = ctx.saved_tensors
    return grad_output * x, grad_output * y


@book.torch("SCALE_OTHER", AveragePool, lambda rng, n: (rng.standard_normal((n, 2, 4, 4)),))
def average_not_divided(ctx, grad_output):
    return grad_output[:, :, None, None].expand(ctx.shape).clone()


@book.torch("SCALE_BATCH", CrossEntropy, scores)
def cross_entropy_no_mean(ctx, grad_output):
    p, y = ctx.saved_tensors
    grad_x = p.clone()
    grad_x[torch.arange(len(y)), y] -= 1
    return grad_output * grad_x, None


@book.torch("LABEL_TERM", CrossEntropy, scores)
def cross_entropy_no_minus_one(ctx, grad_output):
    p, y = ctx.saved_tensors
    return grad_output * p / len(y), None


@book.torch("LABEL_TERM", CrossEntropy, scores)
def cross_entropy_minus_one_after_mean(ctx, grad_output):
    p, y = ctx.saved_tensors
    grad_x = p / len(y)
    grad_x[torch.arange(len(y)), y] -= 1
    return grad_output * grad_x, None


@book.torch("LABEL_INDEX", CrossEntropy, scores)
def cross_entropy_all_columns(ctx, grad_output):
    p, y = ctx.saved_tensors
    grad_x = p.clone()
    grad_x[:, y] -= 1
    return grad_output * grad_x / len(y), None


@book.torch("IGNORES_DOUT", CrossEntropy, scores)
def cross_entropy_without_grad_output(ctx, grad_output):
    p, y = ctx.saved_tensors
    grad_x = p.clone()
    grad_x[torch.arange(len(y)), y] -= 1
    return grad_x / len(y), None


@book.torch("SIGN", SquaredError, pair)
def squared_sign(ctx, grad_output):
    x, t = ctx.saved_tensors
    d = grad_output * (x - t) / len(x)
    return -d, d


@book.torch("SCALE_TWO", SquaredError, pair)
def squared_two(ctx, grad_output):
    x, t = ctx.saved_tensors
    d = 2 * grad_output * (x - t) / len(x)
    return d, -d


CASES = book.cases
