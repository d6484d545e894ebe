"""`chainrule.optim.Muon` in PyTorch: Nesterov's momentum, orthogonalized; SGD for the rest.

A group with ``orthogonal`` true takes Muon's step in the form of Jordan's airbench94_muon:
products of Newton and Schulz in bfloat16, each weight scaled to the norm √out before.
"""

from __future__ import annotations

import math
from typing import Any

import torch

COEFFICIENTS = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):
    """One step of every group by its own rule; see `chainrule.optim.Muon` for the formulas."""

    def __init__(self, groups: Any, *, steps: int, momentum: float, rest_momentum: float) -> None:
        super().__init__(groups, {"lr": 0.0, "weight_decay": 0.0, "orthogonal": False})
        self.steps, self.momentum, self.rest_momentum = steps, momentum, rest_momentum

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is None:
                    continue
                state = self.state[w]
                if not state:
                    state["momentum"] = torch.zeros_like(w)
                if group["orthogonal"]:
                    self._muon(w, state["momentum"], group["lr"], group["weight_decay"])
                else:
                    self._sgd(w, state["momentum"], group["lr"], group["weight_decay"])

    def _muon(self, w: Any, m: Any, lr: float, weight_decay: float) -> None:
        if not lr:
            return
        columns = len(w)
        w.mul_(math.sqrt(columns) / (w.norm() or 1.0))
        m.lerp_(w.grad, 1 - self.momentum)
        u = w.grad.lerp(m, self.momentum).reshape(columns, -1)
        scale = math.sqrt(max(1.0, columns / u.shape[1]))
        w.mul_(1 - lr * weight_decay)
        w.add_(orthogonal(u, self.steps).view_as(w), alpha=-lr * scale)

    def _sgd(self, w: Any, m: Any, lr: float, weight_decay: float) -> None:
        w.mul_(1 - lr * weight_decay)
        m.mul_(self.rest_momentum).add_(w.grad)
        w.sub_(w.grad.add(m, alpha=self.rest_momentum), alpha=lr)


def orthogonal(u: Any, steps: int) -> Any:
    """UVᵀ of u = UΣVᵀ, nearly, (rows, columns) in float32."""
    a, b, c = COEFFICIENTS
    x = u.bfloat16()
    x = x / (x.norm() + 1e-7)
    wide = x if x.shape[0] <= x.shape[1] else x.T
    for _ in range(steps):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * square @ square) @ wide
    return (wide if x.shape[0] <= x.shape[1] else wide.T).float()
