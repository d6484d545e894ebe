"""Arguments for every kernel, for any number of elements or shape.

A row takes a generator and a shape, and returns float32 (or label, or pixel) arguments. Each
``cpu`` kernel needs a row; a test fails where one is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.types import Array

from .bias_norm_relu_cases import BIAS_NORM_RELU_CASES
from .image_cases import IMAGE_CASES
from .norm_relu_cases import NORM_RELU_CASES
from .pixel_cases import PIXEL_CASES

Arguments = tuple[Any, ...]
Shape = tuple[int, ...]


def normal(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.standard_normal(shape, np.float32)


def relu(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, shape),)


def relu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), np.maximum(normal(rng, shape), 0)


def hard_swish(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, shape) * 3,)


def hard_swish_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape) * 3


def relu6(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, shape) * 6,)


def relu6_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), np.clip(normal(rng, shape) * 6, 0, 6)


def leaky_relu(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), 0.2


def leaky_relu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape), 0.2


def nearest(rng: np.random.Generator, shape: Shape) -> Arguments:
    rows = int(np.prod(shape[:-1])), shape[-1]
    points = normal(rng, (rows[0] % 50 + 3, rows[1])).round(1)  # some are equally far
    points[-1] = points[0]
    return normal(rng, rows).round(1), points, 3, int(rng.integers(1, 3))


def _rows(shape: Shape) -> Shape:
    """Any shape as (R, C)."""
    return int(np.prod(shape[:-1])), shape[-1]


def prelu(rng: np.random.Generator, shape: Shape) -> Arguments:
    r, c = _rows(shape)
    return normal(rng, (r, c)), normal(rng, (c,))


def prelu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    r, c = _rows(shape)
    return normal(rng, (r, c)), *prelu(rng, (r, c))


def maxout(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, (*_rows(shape)[::-1], 3)).round(1),)  # rounded: some pieces are equal


def maxout_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    rows = _rows(shape)
    return normal(rng, rows), rng.integers(4, size=rows, dtype=np.int32), 4


def sigmoid(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, shape) * 4,)


def sigmoid_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), rng.random(shape, np.float32)


def tanh_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), 2 * rng.random(shape, np.float32) - 1


def elu(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape) * 4, 1.3, 0.9


def elu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, alpha, scale = elu(rng, shape)
    return normal(rng, shape), np.maximum(x, -0.9 * alpha * scale), alpha, scale


def softplus(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape) * 4, 1.7


def softplus_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape) ** 2, 1.7


def gelu(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, shape) * 2,)


def silu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape) * 2


def dropout(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), 0.3, int(rng.integers(2**64, dtype=np.uint64))


def _grouped(shape: Shape) -> Shape:
    """Any shape as (B, S, G, K)."""
    *front, channels = shape
    if len(shape) < 4:
        return (1, int(np.prod(front)), channels, 1)
    b, s, g, k = shape
    return b, s, g, k


def normalize(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = normal(rng, _grouped(shape)) * 3 + 1
    g, k = x.shape[2:]
    return x, normal(rng, (g, k)), normal(rng, (g, k)), 1e-5


def normalize_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = normal(rng, _grouped(shape)) * 3 + 1
    b, _, g, k = x.shape
    exact = x.astype(np.float64)
    mean = exact.mean((1, 3)).astype(np.float32)
    var = exact.var((1, 3)).astype(np.float32)
    assert mean.shape == (b, g)
    return normal(rng, x.shape), x, normal(rng, (g, k)), mean, var, 1e-2


def moments(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (normal(rng, _grouped(shape)) * 3 + 1,)


def moments_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    _, x, _, mean, var, _ = normalize_backward(rng, shape)
    return normal(rng, mean.shape), normal(rng, var.shape), x, mean


def normalize_with(rng: np.random.Generator, shape: Shape) -> Arguments:
    _, x, gamma, mean, var, eps = normalize_backward(rng, shape)
    return x, gamma, normal(rng, gamma.shape), mean, var, eps


def normalize_with_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normalize_backward(rng, shape)


def scale_shift(rng: np.random.Generator, shape: Shape) -> Arguments:
    channels = shape[-1:]
    return normal(rng, shape), normal(rng, channels), normal(rng, channels)


def matmul(rng: np.random.Generator, shape: Shape) -> Arguments:
    *front, k = shape
    n = int(rng.integers(1, 40))
    return normal(rng, (int(np.prod(front)), k)), normal(rng, (n, k)).T


def column_sums(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (rng.random(_rows(shape), np.float32),)  # of one sign: what cancels keeps its rounding


def softmax_cross_entropy(rng: np.random.Generator, shape: Shape) -> Arguments:
    *front, classes = shape
    logits = normal(rng, (int(np.prod(front)), classes)) * 4
    return logits, rng.integers(classes, size=len(logits)), 0.1


def soft_cross_entropy(rng: np.random.Generator, shape: Shape) -> Arguments:
    logits, _, _ = softmax_cross_entropy(rng, shape)
    return logits, rng.random(logits.shape, np.float32)


def focal(rng: np.random.Generator, shape: Shape) -> Arguments:
    logits, labels, _ = softmax_cross_entropy(rng, shape)
    return logits, labels, rng.random(logits.shape[1], np.float32), 1.5


def binary_cross_entropy(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape) * 4, rng.random(shape, np.float32)


def multiclass_hinge(rng: np.random.Generator, shape: Shape) -> Arguments:
    logits, labels, _ = softmax_cross_entropy(rng, shape)
    return logits, labels, 0.7, True


def one_vs_rest_hinge(rng: np.random.Generator, shape: Shape) -> Arguments:
    return multiclass_hinge(rng, shape)


def squared_error(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape)


def absolute_error(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape)


def huber(rng: np.random.Generator, shape: Shape) -> Arguments:
    return normal(rng, shape), normal(rng, shape), 0.8


def sgd(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, v = (normal(rng, shape) for _ in range(3))
    return w, grad, v, 0.1, 0.9, True, 0.01


def lion(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, m = (normal(rng, shape) for _ in range(3))
    return w, grad, m, 0.1, 0.9, 0.99, 0.01


def adagrad(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, root = (normal(rng, shape) for _ in range(3))
    return w, grad, root**2, 0.1, 1e-10, 0.01


def rmsprop(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, root = (normal(rng, shape) for _ in range(3))
    return w, grad, root**2, 0.01, 0.99, 1e-8, 0.01


def adadelta(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, root = (normal(rng, shape) for _ in range(3))
    return w, grad, root**2, normal(rng, shape) ** 2, 1.0, 0.9, 1e-6, 0.01


def adam(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, m = (normal(rng, shape) for _ in range(3))
    return w, grad, m, normal(rng, shape) ** 2, 3, 0.01, 0.9, 0.999, 1e-8, 0.01


def nadam(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, m = (normal(rng, shape) for _ in range(3))
    return w, grad, m, normal(rng, shape) ** 2, 3, 0.01, 0.3, 1.2, 0.9, 0.999, 1e-8, 0.01


def muon(rng: np.random.Generator, shape: Shape) -> Arguments:
    w, grad, m = (normal(rng, shape) for _ in range(3))
    return w, grad, m, 0.02, 0.95, True, 5, 1.5, 0.01


CASES: dict[str, Callable[[np.random.Generator, Shape], Arguments]] = {
    f.__name__: f
    for f in (
        relu,
        relu_backward,
        relu6,
        relu6_backward,
        leaky_relu,
        leaky_relu_backward,
        prelu,
        prelu_backward,
        hard_swish,
        hard_swish_backward,
        nearest,
        maxout,
        maxout_backward,
        sigmoid,
        sigmoid_backward,
        tanh_backward,
        elu,
        elu_backward,
        softplus,
        softplus_backward,
        gelu,
        silu_backward,
        dropout,
        normalize,
        normalize_backward,
        moments,
        moments_backward,
        normalize_with,
        normalize_with_backward,
        scale_shift,
        matmul,
        column_sums,
        softmax_cross_entropy,
        soft_cross_entropy,
        focal,
        binary_cross_entropy,
        multiclass_hinge,
        one_vs_rest_hinge,
        squared_error,
        absolute_error,
        huber,
        sgd,
        lion,
        adagrad,
        rmsprop,
        adadelta,
        adam,
        nadam,
        muon,
    )
} | {
    **BIAS_NORM_RELU_CASES,
    **IMAGE_CASES,
    **NORM_RELU_CASES,
    **PIXEL_CASES,
    "tanh": sigmoid,
    "silu": sigmoid,
    "gelu_tanh": gelu,
    "gelu_backward": silu_backward,
    "gelu_tanh_backward": silu_backward,
}

# Which arguments a kernel writes into, by position; all others are read only.
UPDATED = {
    "sgd": (0, 2),
    "lion": (0, 2),
    "adagrad": (0, 2),
    "rmsprop": (0, 2),
    "adadelta": (0, 2, 3),
    "adam": (0, 2, 3),
    "nadam": (0, 2, 3),
    "muon": (0, 2),
    "bias_norm_relu": (0,),
}

# Equal to the last bit: nothing is added up, or only hashed.
EXACT = {
    *PIXEL_CASES,
    "dropout",
    "leaky_relu",
    "leaky_relu_backward",
    "maxout",
    "max_pool",
    "maxout_backward",
    "prelu",
    "relu",
    "relu6",
    "relu6_backward",
    "relu_backward",
}

# (N, C) or (N, H, W, C), read by the norms as (B, S, G, K): odd sizes, size 1, one channel.
SHAPES = [
    (1, 1),
    (2, 1),
    (1, 10),
    (7, 13),
    (257, 3),
    (128, 64),
    (1, 1, 1, 1),
    (3, 5, 7, 1),
    (1, 1, 1, 17),
    (2, 259, 4, 3),
    (5, 1, 1, 33),
]
