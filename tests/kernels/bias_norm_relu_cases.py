"""Arguments for the kernels between the products of a perceptron; ``cases.py`` has all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.types import Array

Arguments = tuple[Any, ...]
Shape = tuple[int, ...]


def _normal(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.standard_normal(shape, np.float32)


def _rows(shape: Shape) -> Shape:
    """Any shape as (N, C)."""
    return int(np.prod(shape[:-1])), shape[-1]


def bias_norm_relu(rng: np.random.Generator, shape: Shape) -> Arguments:
    z = _normal(rng, _rows(shape)) * 3
    bias, gamma, beta, mean = _normal(rng, (4, shape[-1]))
    return (
        z,
        bias,
        gamma,
        beta,
        mean,
        mean**2,
        0.9,
        1e-2,
        0.3,
        int(rng.integers(2**64, dtype=np.uint64)),
    )


def bias_norm_relu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _normal(rng, _rows(shape)) * 3 + 1
    dy, y = _normal(rng, (2, *x.shape))
    exact = x.astype(np.float64)
    mean, var = exact.mean(0).astype(np.float32), exact.var(0).astype(np.float32)
    return dy, np.maximum(y, 0), x, _normal(rng, shape[-1:]), mean, var, 1e-2, 0.3


def bias_norm_relu_predict(rng: np.random.Generator, shape: Shape) -> Arguments:
    return _normal(rng, _rows(shape)), *_normal(rng, (3, shape[-1]))


BIAS_NORM_RELU_CASES: dict[str, Callable[[np.random.Generator, Shape], Arguments]] = {
    f.__name__: f for f in (bias_norm_relu, bias_norm_relu_backward, bias_norm_relu_predict)
}
