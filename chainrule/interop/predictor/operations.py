"""Layers when they predict, in plain NumPy. Images are (N, H, W, C), features (N, F).

Each function is copied into the predictors that need it, so it may use NumPy and what `NEEDS`
says, and nothing else.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def normalize(x: Array, mean: Array, std: Array, unit: int) -> Array:
    """Pixels to numbers of mean 0 and standard deviation 1."""
    return x * (1 / (std * unit)) - mean / std


def batch_norm(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    """With the statistics of the training."""
    return (x - mean) * (gamma / np.sqrt(var + eps)) + beta


def conv2d(
    x: Array, weight: Array, bias: Any = 0, stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)),
    dilation: Any = (1, 1), groups: int = 1, mode: str = "zeros",
) -> Array:  # fmt: skip
    """Every tap of the kernel (kh, kw, in / groups, out) meets the pixels that it falls on."""
    kh, kw, c, o = weight.shape
    x = np.pad(x, ((0, 0), *padding, (0, 0)), "reflect" if mode == "reflect" else "constant")
    (sh, sw), (dh, dw) = stride, dilation
    h = (x.shape[1] - dh * (kh - 1) - 1) // sh + 1
    w = (x.shape[2] - dw * (kw - 1) - 1) // sw + 1
    y = np.zeros((len(x), h, w, o), x.dtype)
    for a, b in np.ndindex(kh, kw):
        seen = x[:, a * dh : a * dh + h * sh : sh, b * dw : b * dw + w * sw : sw][:, :h, :w]
        if groups == 1:
            y += seen @ weight[a, b]
        elif c == 1 and o == groups:  # each channel by itself
            y += seen * weight[a, b, 0]
        else:
            cut = seen.reshape(len(x), h, w, groups, c)
            by_group = weight[a, b].reshape(c, groups, o // groups)
            y += np.einsum("nhwgc,cgo->nhwgo", cut, by_group).reshape(y.shape)
    return y + bias


def conv_transpose2d(
    x: Array, weight: Array, bias: Any = 0, stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)),
    output_padding: Any = (0, 0), dilation: Any = (1, 1), groups: int = 1,
) -> Array:  # fmt: skip
    """Every pixel paints the kernel (kh, kw, in / groups, out), ``stride`` pixels apart."""
    (kh, kw, c, o), (n, h, w, _) = weight.shape, x.shape
    (sh, sw), (dh, dw), (ph, pw) = stride, dilation, output_padding
    whole = ((h - 1) * sh + dh * (kh - 1) + 1 + ph, (w - 1) * sw + dw * (kw - 1) + 1 + pw)
    y = np.zeros((n, *whole, o), x.dtype)
    cut = x.reshape(n, h, w, groups, c)
    for a, b in np.ndindex(kh, kw):
        by_group = weight[a, b].reshape(c, groups, o // groups)
        painted = np.einsum("nhwgc,cgo->nhwgo", cut, by_group).reshape(n, h, w, o)
        rows, columns = slice(a * dh, a * dh + h * sh, sh), slice(b * dw, b * dw + w * sw, sw)
        y[:, rows, columns][:, :h, :w] += painted
    (top, bottom), (left, right) = padding
    return y[:, top : whole[0] - bottom, left : whole[1] - right] + bias


def linear(x: Array, weight: Array, bias: Any = 0) -> Array:
    return x @ weight + bias


def maxout(x: Array, weight: Array, bias: Array, pieces: int) -> Array:
    """The greatest of several linear functions."""
    z = x @ weight + bias
    return z.reshape(len(z), pieces, -1).max(axis=1)


def max_pool(
    x: Array, kernel: Any, stride: Any, padding: Any = ((0, 0), (0, 0))
) -> Array:  # fmt: skip
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=-np.inf)
    (kh, kw), (sh, sw) = kernel, stride
    h, w = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    y = np.full((len(x), h, w, x.shape[3]), -np.inf, x.dtype)
    for a, b in np.ndindex(kh, kw):
        np.maximum(y, x[:, a : a + h * sh : sh, b : b + w * sw : sw][:, :h, :w], out=y)
    return y


def average_pool(x: Array, rows: Any, columns: Any) -> Array:
    """The mean of each window: (first, last, number to divide by), for rows and for columns."""
    by_row = np.stack([x[:, a:b].sum(axis=1) / n for a, b, n in rows], axis=1)
    return np.stack([by_row[:, :, a:b].sum(axis=2) / n for a, b, n in columns], axis=2)


def global_average_pool(x: Array) -> Array:
    return x.mean(axis=(1, 2))


def group_norm(x: Array, gamma: Any = 1, beta: Any = 0, groups: int = 1, eps: float = 0) -> Array:
    """Each group of channels of an image by its own mean and variance."""
    z = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    mean, var = z.mean(axis=(1, 3), keepdims=True), z.var(axis=(1, 3), keepdims=True)
    return ((z - mean) / np.sqrt(var + eps)).reshape(x.shape) * gamma + beta


def layer_norm(x: Array, gamma: Any = 1, beta: Any = 0, axes: int = 1, eps: float = 0) -> Array:
    """By the mean and variance over the last ``axes``."""
    last = tuple(range(-axes, 0))
    mean, var = x.mean(axis=last, keepdims=True), x.var(axis=last, keepdims=True)
    return (x - mean) / np.sqrt(var + eps) * gamma + beta


def switchable_norm(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, mean_weights: Array,
    var_weights: Array, eps: float,
) -> Array:  # fmt: skip
    """By a mixture of the statistics of the channel, of the image, and of the training."""
    m, v = x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)
    image = m.mean(axis=3, keepdims=True)
    image_var = (v + (m - image) ** 2).mean(axis=3, keepdims=True)
    mu = mean_weights[0] * m + mean_weights[1] * image + mean_weights[2] * mean
    sigma2 = var_weights[0] * v + var_weights[1] * image_var + var_weights[2] * var
    return (x - mu) / np.sqrt(sigma2 + eps) * gamma + beta


def scale_channels(x: Array, scale: Array) -> Array:
    return x * scale[:, None, None]


def flatten(x: Array) -> Array:
    return x.reshape(len(x), -1)


def add(*xs: Array) -> Array:
    y = xs[0] + xs[1]
    for x in xs[2:]:
        y = y + x
    return y


def multiply(*xs: Array) -> Array:
    y = xs[0] * xs[1]
    for x in xs[2:]:
        y = y * x
    return y


def concat(*xs: Array, axis: int) -> Array:
    return np.concatenate(xs, axis)


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def relu6(x: Array) -> Array:
    return np.minimum(np.maximum(x, 0), 6)


def leaky_relu(x: Array, slope: float) -> Array:
    return np.where(x > 0, x, slope * x)


def prelu(x: Array, slope: Array) -> Array:
    return np.where(x > 0, x, slope * x)


def elu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def selu(x: Array) -> Array:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def tanh(x: Array) -> Array:
    return np.tanh(x)


def softplus(x: Array, beta: float) -> Array:
    return np.logaddexp(0, beta * x) / beta


def silu(x: Array) -> Array:
    return x * sigmoid(x)


def hard_swish(x: Array) -> Array:
    return x * np.minimum(np.maximum(x + 3, 0), 6) / 6


def mish(x: Array) -> Array:
    return x * np.tanh(np.logaddexp(0, x))


def gelu(x: Array) -> Array:
    erf = np.frompyfunc(math.erf, 1, 1)  # exact; NumPy has none of its own
    return x * (0.5 * (1 + erf(x / math.sqrt(2)).astype(x.dtype)))


def gelu_tanh(x: Array) -> Array:
    return x * (0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))))


def softmax(x: Array) -> Array:
    """In float64, from the greatest down, so that nothing overflows."""
    z = np.exp(x.astype(np.float64) - x.max(axis=1, keepdims=True))
    return (z / z.sum(axis=1, keepdims=True)).astype(x.dtype)


NEEDS = {"silu": ("sigmoid",)}
"""Functions that others call."""
