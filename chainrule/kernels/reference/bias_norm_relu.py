"""What stands between the matrix products of a multilayer perceptron, in one pass.

    x = z + bias        v = γ (x - μ) / √(σ² + ε) + β        y = dropout(max(v, 0))

for z (N, C): the end of a Linear layer, BatchNorm, ReLU and Dropout. Here each step is made of the
kernels that it replaces; between small products, calling those costs more than computing them.
"""

from __future__ import annotations

from ...arrays import namespace
from ...types import Array
from .activations import relu, relu_backward
from .dropout import dropout
from .norm import normalize, normalize_backward, scale_shift

__all__ = ["bias_norm_relu", "bias_norm_relu_backward", "bias_norm_relu_predict"]


def bias_norm_relu(
    z: Array, bias: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array,
    momentum: float, eps: float, rate: float, key: int,
) -> tuple[Array, Array]:  # fmt: skip
    """y (N, C), and (4, C): μ, σ² and the running ones, moved toward them. ``z`` becomes x."""
    xp = namespace(z)
    z += bias
    v, mean, var = normalize(z[None, :, :, None], gamma[:, None], beta[:, None], eps)
    y = relu(v.reshape(z.shape))
    moved = [
        momentum * running + (1 - momentum) * batch[0]
        for running, batch in ((running_mean, mean), (running_var, var))
    ]
    return dropout(y, rate, key) if rate else y, xp.stack([mean[0], var[0], *moved])


def bias_norm_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float, rate: float
) -> tuple[Array, Array, Array]:
    """dx (N, C), dγ, dβ (C,). What was dropped, and what the ReLU stopped, has y = 0.

    dL/dbias, the sum of dx over N, is 0: the norm takes any shift away again.
    """
    dv = relu_backward(dy * dy.dtype.type(1 / (1 - rate)), y)
    dx, dgamma, dbeta = normalize_backward(
        dv[None, :, :, None], x[None, :, :, None], gamma[:, None], mean[None], var[None], eps
    )
    return dx.reshape(x.shape), dgamma[:, 0], dbeta[:, 0]


def bias_norm_relu_predict(z: Array, bias: Array, scale: Array, shift: Array) -> Array:
    """y = max((z + bias) scale + shift, 0), without dropout"""
    return relu(scale_shift(z + bias, scale, shift))
