"""The end of a residual block: norm, sum and ReLU in one pass, and backwards one mask for both
branches. All numbers are those of the plain layers, to the last bit.

The order is theirs as well: the norm takes its statistics before the shortcut runs. A norm that
stands in both branches would otherwise move its running statistics the other way round.
"""

from __future__ import annotations

from typing import Any

from ... import kernels
from ...errors import ShapeError
from ...types import Array
from ..activations import ReLU
from ..base import Layer
from ..batch_norm import BatchNorm
from ..branches import Residual
from ..containers import Sequential, run_backward, run_forward, run_predict
from ..fused import FusedLayers, register


@register
class ResidualReLU(FusedLayers):
    """y = max(norm(head(x)) + shortcut(x), 0), where head is the body without its last layer"""

    name = "residual_relu"
    kinds = (Residual, ReLU)

    def __init__(self, residual: Residual, relu: ReLU) -> None:
        super().__init__(residual, relu)
        layers = residual.body.layers if type(residual.body) is Sequential else []
        self.head: list[Layer] = layers[:-1]
        self.norm: Any = layers[-1] if layers else None
        self.shortcut = residual.shortcut

    def accepts(self, x: Array) -> bool:
        norm = self.norm
        return type(norm) is BatchNorm and norm.gamma.drawn and x.size > 0

    def __call__(self, x: Array) -> Array:
        h = run_predict(self.head, x)
        _expect(self.norm.accepts(h))
        short = x if self.shortcut is None else self.shortcut(x)
        _expect(h.shape == short.shape)
        return kernels.of(h).norm_add_relu(h, short, *self.norm.running())

    def forward(self, x: Array) -> tuple[Array, list[Any]]:
        _expect(self.norm.uses_batch_statistics)
        h, caches = run_forward(self.head, x)
        _expect(self.norm.measures(h))
        columns = self.norm.measured(h)
        short, cache = (x, None) if self.shortcut is None else self.shortcut.forward(x)
        _expect(h.shape == short.shape)
        y = kernels.of(h).norm_add_relu(h, short, *columns)
        return y, [cache, caches, (y, h, columns)]

    def backward(self, dy: Array, caches: list[Any]) -> Array:
        dh, dshort = self._backward_of_end(dy, *caches.pop())
        dx = run_backward(self.head, dh, caches.pop())
        if self.shortcut is not None:
            dshort = self.shortcut.backward(dshort, caches.pop())
        return kernels.of(dx).add(dx, dshort)

    def _backward_of_end(self, dy: Array, y: Array, h: Array, columns: Any) -> tuple[Array, Array]:
        """dL/dh and the shortcut's dy. What was kept for it is let go."""
        mean, var = columns[2:4]
        dh, dshort, *dcolumns = kernels.of(dy).norm_add_relu_backward(
            dy, y, h, self.norm.gamma.value, mean, var, self.norm.eps
        )
        self.norm.accumulate(*dcolumns)
        return dh, dshort


def _expect(fits: bool) -> None:
    if not fits:
        raise ShapeError("the plain layers say what does not fit")
