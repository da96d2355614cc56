"""A torch.autograd.Function as people write it, with two faults, and what is said of each.

Needs PyTorch: pip install 'layergraph[torch]'.
"""

import torch

import gradcheck


class Affine(torch.autograd.Function):
    """x @ w + b, with an average where a sum is right."""

    @staticmethod
    def forward(ctx, x, w, b):
        """The cache is what is saved for backward."""
        ctx.save_for_backward(x, w)
        return x @ w + b

    @staticmethod
    def backward(ctx, grad_output):
        """One gradient for each argument of forward."""
        x, w = ctx.saved_tensors
        return grad_output @ w.t(), x.t() @ grad_output, grad_output.mean(dim=0)


class Swish(torch.autograd.Function):
    """x sigmoid(x), whose backward is right and writes into what is not its own."""

    @staticmethod
    def forward(ctx, x):
        """The sigmoid is needed again."""
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_output):
        """The product rule."""
        x, s = ctx.saved_tensors
        return grad_output.mul_(s + x * s * (1 - s))


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    x, w, b = (torch.randn(shape, generator=generator) for shape in ((5, 4), (4, 3), (3,)))
    print(gradcheck.torch(Affine, x, w, b))
    print(gradcheck.torch(Swish, x))


if __name__ == "__main__":
    main()
