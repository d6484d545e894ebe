"""A linear layer, the batch norm, ReLU and dropout after it: what follows the product in one call.

For nets so small that calls cost more than numbers: large batches run layer by layer, on all
threads. The math is in ``kernels/reference/bias_norm_relu.py``; results agree with those of the
plain layers to the rounding of a float32.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ... import kernels
from ...arrays import namespace
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

    name = "linear_norm_relu"
    kinds: ClassVar[tuple[type[Layer], ...]] = (Linear, BatchNorm, ReLU)

    def accepts(self, x: Array) -> bool:
        linear, norm, *_ = self.layers
        if x.ndim != 2 or not linear.weight.drawn or linear.bias is None:
            return False
        weight = linear.weight.value
        outputs = len(x) * weight.shape[1]
        fits = x.shape[1] == len(weight) and x.dtype == weight.dtype
        return bool(fits and 0 < outputs < LARGE and norm.measures(weight))

    def __call__(self, x: Array) -> Array:
        linear, norm, *_ = self.layers
        kernel, (gamma, beta, mean, var, eps) = kernels.of(x), norm.running()
        scale = gamma / namespace(var).sqrt(var + x.dtype.type(eps))
        z = kernel.matmul(x, linear.weight.value)
        return kernel.bias_norm_relu_predict(z, linear.bias.value, scale, beta - mean * scale)

    def forward(self, x: Array) -> tuple[Array, Any]:
        return self._forward(x, 0.0, 0)

    def _forward(self, x: Array, rate: float, key: int) -> tuple[Array, Any]:
        linear, norm, *_ = self.layers
        kernel, (gamma, beta, mean, var, eps) = kernels.of(x), norm.running()
        z = kernel.matmul(x, linear.weight.value)
        norm.expect_several(z)
        y, (mean, var, norm.running_mean.value, norm.running_var.value) = kernel.bias_norm_relu(
            z, linear.bias.value, gamma, beta, mean, var, norm.momentum, eps, rate, key
        )
        return y, (x, z, y, mean, var, rate)

    def backward(self, dy: Array, cache: Any) -> Array:
        dz = self._backward_to_product(dy, cache)
        return kernels.of(dz).matmul(dz, self.layers[0].weight.value.T)

    def backward_parameters(self, dy: Array, cache: Any) -> None:
        self._backward_to_product(dy, cache)

    def _backward_to_product(self, dy: Array, cache: Any) -> Array:
        """dL/d(x W). The gradients of all parameters are added to them."""
        linear, norm, *_ = self.layers
        x, z, y, mean, var, rate = cache
        kernel = kernels.of(dy)
        dz, *dcolumns = kernel.bias_norm_relu_backward(
            dy, y, z, norm.gamma.value, mean, var, norm.eps, rate
        )
        norm.accumulate(*dcolumns)
        linear.weight.accumulate(kernel.matmul(x.T, dz))
        # whatever the bias adds, the norm takes away; the plain layers return rounding errors
        bias = linear.bias.value
        linear.bias.accumulate(namespace(bias).zeros(bias.shape, bias.dtype))
        return dz


@register
class LinearNormReLUDropout(LinearNormReLU):
    """y = dropout(max(norm(x W + b), 0)); predicting is without dropout"""

    name = "linear_norm_relu_dropout"
    kinds = (Linear, BatchNorm, ReLU, Dropout)

    def forward(self, x: Array) -> tuple[Array, Any]:
        dropout = self.layers[3]
        y, cache = self._forward(x, dropout.rate, dropout.next_key())
        dropout.advance()
        return y, cache
