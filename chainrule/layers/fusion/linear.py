"""Batch norm, ReLU and dropout of a Linear's product in one call; the math is in
``kernels/reference/bias_norm_relu.py``.

For nets so small that calls cost more than numbers: large batches run layer by layer, on all
threads. Results agree with those of the plain layers to the rounding of a float32.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from ... import kernels
from ...types import Array
from ..activations import ReLU
from ..base import Layer
from ..batch_norm import BatchNorm
from ..dropout import Dropout
from ..fused import FusedLayers, register
from ..linear import Linear

LARGE = 1 << 18  # outputs from which the threads of the single layers win


@register
class LinearNormReLU(FusedLayers):
    """y = max(norm(x W + b), 0)"""

    kinds: ClassVar[tuple[type[Layer], ...]] = (Linear, BatchNorm, ReLU)
    refuses = 1
    kept: Any

    def accepts(self, x: Array) -> bool:
        linear, norm = self.layers[:2]
        if x.ndim != 2 or norm.frozen or not (linear.weight.drawn and norm.gamma.drawn):
            return False
        weight, gamma = linear.weight.value, norm.gamma.value
        return (
            (x.shape[1], len(gamma)) == weight.shape
            and x.dtype == weight.dtype == gamma.dtype
            and 0 < len(x) * len(gamma) < LARGE
        )

    def __call__(self, x: Array) -> Array:
        linear = self.layers[0]
        gamma, beta, mean, var, eps = self.layers[1].running()
        scale = gamma / np.sqrt(var + x.dtype.type(eps))
        z = kernels.of(x).matmul(x, linear.weight.value)
        return kernels.of(x).bias_norm_relu_predict(
            z, linear.bias.value, scale, beta - mean * scale
        )

    def forward(self, x: Array) -> tuple[Array, Self]:
        return self._forward(x, 0.0, 0), self

    def _forward(self, x: Array, rate: float, key: int) -> Array:
        linear, norm = self.layers[:2]
        z = kernels.of(x).matmul(x, linear.weight.value)
        norm.expect_several(z)
        gamma, beta, mean, var, eps = norm.running()
        y, (mean, var, norm.running_mean.value, norm.running_var.value) = kernels.of(
            x
        ).bias_norm_relu(
            z, linear.bias.value, gamma, beta, mean, var, norm.momentum, eps, rate, key
        )
        self.kept = x, z, y, mean, var, rate
        return y

    def backward(self, dy: Array, cache: Self) -> Array:
        dz = cache.reduce_gradients(dy)
        return kernels.of(dz).matmul(dz, self.layers[0].weight.value.T)

    def backward_parameters(self, dy: Array, cache: Self) -> None:
        cache.reduce_gradients(dy)

    def reduce_gradients(self, dy: Array) -> Array:
        """dL/dz. The gradients of all parameters are added to them."""
        linear, norm = self.layers[:2]
        x, z, y, mean, var, rate = self.kept
        dz, dgamma, dbeta = kernels.of(dy).bias_norm_relu_backward(
            dy, y, z, norm.gamma.value, mean, var, norm.eps, rate
        )
        norm.accumulate(dgamma, dbeta)
        linear.weight.accumulate(kernels.of(dz).matmul(x.T, dz))
        # whatever the bias adds, the norm takes away; the plain layers return rounding errors
        linear.bias.accumulate(np.zeros_like(linear.bias.value))
        return dz


@register
class LinearNormReLUDropout(LinearNormReLU):
    """y = dropout(max(norm(x W + b), 0)); predicting is without dropout"""

    kinds = (Linear, BatchNorm, ReLU, Dropout)

    def forward(self, x: Array) -> tuple[Array, Self]:
        dropout = self.layers[3]
        y = self._forward(x, dropout.rate, dropout.next_key())
        dropout.advance()
        return y, self
