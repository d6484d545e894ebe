"""What stands between the products of a perceptron, in three launches each way."""

from __future__ import annotations

from ...types import Array
from ..reference import bias_norm_relu as reference
from . import columns
from .arrays import contiguous, empty, float32, laid_out
from .dropout import Mask, mask_of
from .launch import elements

__all__ = ["bias_norm_relu", "bias_norm_relu_backward", "bias_norm_relu_predict"]

ALL_KEPT = Mask(0, 0, 0, 0, 1.0)


def bias_norm_relu(
    z: Array, bias: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array,
    momentum: float, eps: float, rate: float, key: int,
) -> tuple[Array, Array]:  # fmt: skip
    if not (float32(z, bias, gamma, beta, running_mean, running_var) and contiguous(z) and z.size):
        return reference.bias_norm_relu(
            z, bias, gamma, beta, running_mean, running_var, momentum, eps, rate, key
        )
    rows, c = z.shape
    shape, statistics, y = columns.cut(rows, c), empty((4, c)), empty(z.shape)
    ones, twos = shape.sums()
    bias = laid_out(bias)
    shape.run("moment_sums", z, bias, shape, ones, twos)
    mean, var, moved_mean, moved_var = statistics
    shape.finish(
        "moments", z, bias, ones, twos, shape.blocks, rows, c, laid_out(running_mean),
        laid_out(running_var), momentum, 1 - momentum, mean, var, moved_mean, moved_var,
    )  # fmt: skip
    by = columns.norm(gamma, beta, mean, var, eps)
    mask = mask_of(rate, key, z.shape) if rate else ALL_KEPT
    after = columns.DROPOUT if rate else columns.RELU
    shape.run("rescale", z, None, by.gamma, by.beta, by.mean, by.var, eps, after, *mask, shape, y)
    return y, statistics


def bias_norm_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float, rate: float
) -> tuple[Array, Array, Array]:
    if not (float32(dy, y, x, gamma, mean, var) and x.size):
        return reference.bias_norm_relu_backward(dy, y, x, gamma, mean, var, eps, rate)
    dy, y, x, keep = laid_out(dy), laid_out(y), laid_out(x), 1 / (1 - rate)
    by = columns.norm(gamma, None, mean, var, eps)
    found = columns.gradients(dy, x, by, columns.ADD_RELU, len(x), y=y, keep=keep)
    dx = columns.input_gradient(dy, x, by, columns.ADD_RELU, found.terms, y=y, keep=keep)
    return dx, found.dgamma, found.dbeta


def bias_norm_relu_predict(z: Array, bias: Array, scale: Array, shift: Array) -> Array:
    if not float32(z, bias, scale, shift):
        return reference.bias_norm_relu_predict(z, bias, scale, shift)
    y = empty(z.shape)
    rows = laid_out(bias), laid_out(scale), laid_out(shift)
    elements("norm", "predict", z.size, laid_out(z), *rows, z.size, z.shape[-1], y)
    return y
