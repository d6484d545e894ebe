"""How large gradients and updates are, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...sums import norm
from .log import Row

if TYPE_CHECKING:
    from ..trainer import Trainer


class Gradients:
    """‖g‖ · ‖w‖ · ‖Δw‖ · ‖Δw‖ / ‖w‖        of each parameter

    The gradient is the one that the optimizer is given, after clipping; the update has weight
    decay and constraints in it. A ratio near 1e-3 is healthy: 1e-2 jumps about, 1e-5 stands still
    (Karpathy, CS231n). It is None for weights that were all 0. The cost is a copy of the weights.
    """

    table = "gradients"

    def before_update(self, trainer: Trainer) -> None:
        self._before = {path: p.value.copy() for path, p in trainer.parameters}
        self._gradients = {
            path: 0.0 if p.grad is None else norm(p.grad) for path, p in trainer.parameters
        }

    def rows(self, trainer: Trainer) -> Iterator[Row]:
        for path, parameter in trainer.parameters:
            before = self._before.pop(path)
            weight, update = norm(before), norm(parameter.value - before)
            yield {
                "name": path,
                "gradient": self._gradients[path],
                "weight": weight,
                "update": update,
                "ratio": update / weight if weight else None,
            }
