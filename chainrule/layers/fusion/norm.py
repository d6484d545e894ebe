"""Batch norm, ReLU and max pooling in one pass; ``kernels/reference/norm_relu.py`` has the math.

Norm and ReLU agree with the plain layers to the last bit. Before a pooling, y does too; the sums
of the backward pass go over the windows instead of over all pixels, whose zeros they leave out, so
there gradients agree to the rounding of a float32 sum (1e-5 of the largest).

The cache holds x and, of the pooled size, each window's argmax (one byte) and maximum. Where γ
is another by the time of the backward pass, what passed the ReLU is that of the forward pass, and
dx is made with γ as it is then: so the plain layers do it, every one of which reads its parameters
when it is called.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ... import kernels
from ...errors import ShapeError
from ...types import Array
from ..activations import ReLU, ReLU6
from ..base import Layer
from ..batch_norm import BatchNorm
from ..fused import FusedLayers, register
from ..pool import MaxPool2d, windows

PLAIN_2X2 = (2, 2), (2, 2), ((0, 0), (0, 0))


@register
class NormReLU(FusedLayers):
    """y = max(norm(x), 0)"""

    name = "norm_relu"
    kinds: ClassVar[tuple[type[Layer], ...]] = (BatchNorm, ReLU)

    def accepts(self, x: Array) -> bool:
        return bool(self.layers[0].accepts(x))

    def __call__(self, x: Array) -> Array:
        return self._apply(x, *self.layers[0].running())

    def forward(self, x: Array) -> tuple[Array, Any]:
        expect_learning(self.layers[0], x)
        columns = self.layers[0].measured(x)
        return self._apply(x, *columns), (x, columns)

    def backward(self, dy: Array, cache: Any) -> Array:
        x, columns = cache
        norm = self.layers[0]
        gamma, _, mean, var, eps = columns
        now = norm.gamma.value
        if eps != norm.eps or not (gamma is now or (gamma == now).all()):
            passed = self.layers[1].backward(dy, self._apply(x, *columns))
            of_plain: Array = norm.backward(passed, (x, mean[None], var[None], False))
            return of_plain
        dx, *dcolumns = self._go_back(dy, x, *columns)
        norm.accumulate(*dcolumns)
        return dx

    def _apply(self, x: Array, *columns: Any) -> Array:
        return kernels.of(x).norm_relu(x, *columns)

    def _go_back(self, dy: Array, x: Array, *columns: Any) -> tuple[Array, Array, Array]:
        return kernels.of(dy).norm_relu_backward(dy, x, *columns)


@register
class NormReLU6(NormReLU):
    """y = min(max(norm(x), 0), 6)"""

    name = "norm_relu6"
    kinds = (BatchNorm, ReLU6)

    def _apply(self, x: Array, *columns: Any) -> Array:
        return kernels.of(x).norm_relu6(x, *columns)

    def _go_back(self, dy: Array, x: Array, *columns: Any) -> tuple[Array, Array, Array]:
        return kernels.of(dy).norm_relu6_backward(dy, x, *columns)


@register
class NormReLUPool(FusedLayers):
    """y = max pool 2x2 of max(norm(x), 0)"""

    name = "norm_relu_pool"
    kinds = (BatchNorm, ReLU, MaxPool2d)

    def accepts(self, x: Array) -> bool:
        norm, _, pool = self.layers
        size = x.shape[1:3]
        whole = x.ndim == 4 and min(size) >= 2 and windows(pool, size) == PLAIN_2X2
        return bool(whole and norm.accepts(x))

    def __call__(self, x: Array) -> Array:
        return kernels.of(x).norm_relu_pool(x, *self.layers[0].running())[0]

    def forward(self, x: Array) -> tuple[Array, Any]:
        expect_learning(self.layers[0], x)
        columns = self.layers[0].measured(x)
        y, argmax, top = kernels.of(x).norm_relu_pool(x, *columns)
        return y, (x, argmax, top, columns)

    def backward(self, dy: Array, cache: Any) -> Array:
        x, argmax, top, (_, _, mean, var, _) = cache
        norm = self.layers[0]
        dx, *dcolumns = kernels.of(dy).norm_relu_pool_backward(
            dy, argmax, top, x, norm.gamma.value, mean, var, norm.eps
        )
        norm.accumulate(*dcolumns)
        return dx


def expect_learning(norm: BatchNorm, x: Array) -> None:
    """ShapeError for a frozen norm, upon which the plain layers learn in its place."""
    if not norm.measures(x):
        raise ShapeError("a frozen norm has no statistics of the batch")
