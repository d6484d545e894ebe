"""The end of a residual block: norm, sum and ReLU in one pass, and backwards one mask for both
branches. All numbers are those of the plain layers, to the last bit.

The order is theirs as well: the norm takes its statistics before the shortcut runs. A norm that
stands in both branches would otherwise move its running statistics the other way round.
"""

from __future__ import annotations

from typing import Any, Self

from ... import kernels
from ...types import Array
from ..activations import ReLU
from ..base import Layer
from ..batch_norm import BatchNorm
from ..branches import Residual
from ..containers import Sequential, inside, run_backward, run_forward, run_predict
from ..fused import FusedLayers, register
from .norm import accepts


@register
class ResidualReLU(FusedLayers):
    """y = max(norm(head(x)) + shortcut(x), 0), where head is the body without its last layer"""

    kinds = (Residual, ReLU)
    kept: Any

    def accepts(self, x: Array) -> bool:
        body = self.layers[0].body
        if type(body) is not Sequential or x.size == 0:
            return False
        norm = body.layers[-1] if body.layers else None
        return type(norm) is BatchNorm and norm.gamma.drawn and not norm.frozen

    def __call__(self, x: Array) -> Array:
        head, norm, shortcut = self._parts()
        with inside("body"):
            h = run_predict(head, x)
        self._expect(x, accepts(norm, h))
        with inside("shortcut"):
            short = x if shortcut is None else shortcut(x)
        self._expect(x, h.shape == short.shape)
        return kernels.of(h).norm_add_relu(h, short, *norm.running())

    def forward(self, x: Array) -> tuple[Array, Self]:
        head, norm, shortcut = self._parts()
        with inside("body"):
            h, caches = run_forward(head, x)
        self._expect(x, accepts(norm, h))
        columns = norm.measured(h)
        with inside("shortcut"):
            short, cache = (x, None) if shortcut is None else shortcut.forward(x)
        self._expect(x, h.shape == short.shape)
        y = kernels.of(h).norm_add_relu(h, short, *columns)
        self.kept = y, h, columns, caches, cache
        return y, self

    def backward(self, dy: Array, cache: Self) -> Array:
        dh, dshort, caches, short_cache = cache._backward_of_end(dy)
        head, _, shortcut = self._parts()
        dx = run_backward(head, dh, caches)
        if shortcut is not None:
            dshort = shortcut.backward(dshort, short_cache)
        return kernels.of(dx).add(dx, dshort)

    def _backward_of_end(self, dy: Array) -> tuple[Array, Array, list[Any], Any]:
        """dL/dh and the shortcut's dy. What was kept for it is let go."""
        y, h, (_, _, mean, var, _), caches, cache = self.kept
        del self.kept
        norm = self._parts()[1]
        dh, dshort, *dcolumns = kernels.of(dy).norm_add_relu_backward(
            dy, y, h, norm.gamma.value, mean, var, norm.eps
        )
        norm.accumulate(*dcolumns)
        return dh, dshort, caches, cache

    def _parts(self) -> tuple[list[Layer], BatchNorm, Layer | None]:
        block: Any = self.layers[0]
        *head, norm = block.body.layers
        return head, norm, block.shortcut

    def _expect(self, x: Array, accepts: bool) -> None:
        """Where the parts do not fit together, the plain layers say so: they know the way."""
        if not accepts:
            self.layers[0](x)
