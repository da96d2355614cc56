"""PyTorch on the processor, eager: nn.Linear, cross_entropy, backward, an optimiser with its fused update."""

from typing import Any

from base.arrays import Array

from ..problem import BETA1, BETA2, CLASSES, EPSILON, INPUTS, MOMENTUM, Problem, UnavailableError


class Torch:
    """The usual training loop; rows are picked by a random index, as a loader in memory would."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        try:
            import torch
        except ImportError:
            raise UnavailableError("torch is not installed") from None
        if threads:
            torch.set_num_threads(threads)
        self.torch, self.problem = torch, problem
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        self.reset()

    def reset(self) -> None:
        """The common start."""
        torch, p = self.torch, self.problem
        nn = torch.nn
        kind = getattr(torch, p.dtype)
        self.model = nn.Sequential(nn.Linear(INPUTS, p.hidden), nn.ReLU(), nn.Linear(p.hidden, CLASSES)).to(kind)
        weights = p.weights()
        with torch.no_grad():
            for i, layer in ((1, self.model[0]), (2, self.model[2])):
                layer.weight.copy_(torch.from_numpy(weights[f"W{i}"].T.copy()))
                layer.bias.copy_(torch.from_numpy(weights[f"b{i}"]))
        self.optimizer = self._optimizer()
        self.loss = self._loss()

    def _optimizer(self) -> Any:
        optim, parameters, p = self.torch.optim, self.model.parameters(), self.problem
        if p.rule == "adam":
            return optim.Adam(parameters, lr=p.rate, betas=(BETA1, BETA2), eps=EPSILON, fused=True)
        return optim.SGD(parameters, lr=p.rate, momentum=MOMENTUM if p.rule == "momentum" else 0, fused=True)

    def _loss(self) -> Any:
        """The function (x, y) -> loss."""
        cross_entropy = self.torch.nn.functional.cross_entropy
        return lambda x, y: cross_entropy(self.model(x), y)

    def step(self, index: Any) -> Any:
        """One step on the rows `index`."""
        loss = self.loss(self.X[index], self.y[index])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss

    def losses(self, masks: Array) -> list[float]:
        """From the common start."""
        self.reset()
        return [float(self.step(self.torch.from_numpy(mask)).detach()) for mask in masks]

    def prepare(self, steps: int) -> int:
        """Rounds of `steps`."""
        self.steps = steps
        self.generator = self.torch.Generator().manual_seed(3)
        return steps

    def round(self) -> None:
        """Random batches with replacement."""
        shape = (self.problem.batch,)
        for _ in range(self.steps):
            self.step(self.torch.randint(len(self.X), shape, generator=self.generator))


start = Torch
