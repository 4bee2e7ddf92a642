"""Muon for the matrices, AdamW for the rest.

Muon (Keller Jordan, https://kellerjordan.github.io/posts/muon/) turns each matrix's momentum into
the nearest orthogonal matrix with a few Newton-Schulz steps. At this size it needs about half the
tokens of AdamW; equal shapes are orthogonalised together, as one call costs more than its sums.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

_STEPS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon:
    """Momentum, orthogonalised; Nesterov, with decoupled weight decay."""

    def __init__(self, weights: list[Tensor], momentum: float = 0.95, decay: float = 0.01) -> None:
        self.momentum, self.decay = momentum, decay
        self._groups: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
        for weight in weights:
            self._groups[tuple(sorted(weight.shape))].append(weight)
        self._moments = {id(weight): torch.zeros_like(weight) for weight in weights}

    @torch.no_grad()  # type: ignore[untyped-decorator,unused-ignore]
    def step(self, rate: float) -> None:
        """One update of every matrix at this learning rate."""
        for group in self._groups.values():
            updates = orthogonal(torch.stack([_wide(self._push(weight)) for weight in group]))
            for weight, update in zip(group, updates, strict=True):
                tall = update.T if weight.shape[0] > weight.shape[1] else update
                scale = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
                weight.mul_(1 - rate * self.decay).add_(tall, alpha=-rate * scale)

    def _push(self, weight: Tensor) -> Tensor:
        assert weight.grad is not None
        moment = self._moments[id(weight)]
        moment.lerp_(weight.grad, 1 - self.momentum)
        return weight.grad.lerp(moment, self.momentum)


def _wide(matrix: Tensor) -> Tensor:
    return matrix.T if matrix.shape[0] > matrix.shape[1] else matrix


def orthogonal(x: Tensor) -> Tensor:
    """Each matrix of the stack with all its singular values pushed to about one."""
    a, b, c = _COEFFICIENTS
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x


class Optimizer:
    """Both optimizers behind one schedule: warm up, then a cosine down to nothing."""

    def __init__(self, model: nn.Module, matrix_rate: float, other_rate: float) -> None:
        named = list(model.named_parameters())
        matrices = [w for name, w in named if w.dim() == 2 and "embedding" not in name]
        others = [w for name, w in named if w.dim() != 2 or "embedding" in name]
        self.matrix_rate, self.other_rate = matrix_rate, other_rate
        self.muon = Muon(matrices)
        self.adam = torch.optim.AdamW(others, other_rate, betas=(0.9, 0.98), weight_decay=0.0)

    def step(self, share: float) -> None:
        """One update at `share` of the highest learning rates."""
        self.muon.step(self.matrix_rate * share)
        for group in self.adam.param_groups:
            group["lr"] = self.other_rate * share
        self.adam.step()
