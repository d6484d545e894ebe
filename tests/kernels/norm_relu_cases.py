"""Arguments for the kernels of norm and ReLU in one pass; ``cases.py`` has all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.types import Array

Arguments = tuple[Any, ...]
Shape = tuple[int, ...]
EPS = 1e-2


def _normal(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.standard_normal(shape, np.float32)


def _norm(rng: np.random.Generator, shape: Shape) -> tuple[Array, Array, Array, Array, Array]:
    """x, γ, β, μ, σ². In float32 and float64 the same ReLUs are open, the same pixels largest.

    So x has few levels, none of which the norm puts at 0; some windows have several winners.
    """
    c = shape[-1]
    x = (_normal(rng, shape) * 3 + 1).round(1)
    gamma = _normal(rng, (c,))
    gamma += np.copysign(np.float32(0.5), gamma)
    beta, mean, var = _normal(rng, (c,)), _normal(rng, (c,)), 9 * rng.random(c, np.float32)
    v = (x - mean) / np.sqrt(var + EPS) * gamma + beta
    x[(np.abs(v) < 1e-4) | (np.abs(v - 6) < 1e-4)] += np.float32(0.05)
    return x, gamma, beta, mean, var


def _images(shape: Shape) -> Shape:
    """Any shape as (N, H, W, C) of at least one window of 2x2."""
    n, h, w, c = (1,) * (4 - len(shape)) + shape
    return n, max(h, 2), max(w, 2), c


def norm_relu(rng: np.random.Generator, shape: Shape) -> Arguments:
    return *_norm(rng, shape), EPS


def norm_relu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return _normal(rng, shape), *_norm(rng, shape), EPS


def norm_relu6(rng: np.random.Generator, shape: Shape) -> Arguments:
    return *_steep(rng, shape), EPS


def norm_relu6_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    return _normal(rng, shape), *_steep(rng, shape), EPS


def _steep(rng: np.random.Generator, shape: Shape) -> tuple[Array, ...]:
    """What goes beyond 6 as well as below 0."""
    x, gamma, beta, mean, var = _norm(rng, shape)
    gamma, beta = 4 * gamma, 4 * beta
    v = (x - mean) / np.sqrt(var + EPS) * gamma + beta
    x[(np.abs(v) < 1e-3) | (np.abs(v - 6) < 1e-3)] += np.float32(0.05)
    return x, gamma, beta, mean, var


def norm_add_relu(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, *columns = _norm(rng, shape)
    return x, _normal(rng, shape), *columns, EPS


def norm_add_relu_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, gamma, _, mean, var = _norm(rng, shape)
    y = np.maximum(_normal(rng, shape), 0)
    return _normal(rng, shape), y, x, gamma, mean, var, EPS


def norm_relu_pool(rng: np.random.Generator, shape: Shape) -> Arguments:
    return *_norm(rng, _images(shape)), EPS


def norm_relu_pool_backward(rng: np.random.Generator, shape: Shape) -> Arguments:
    x, gamma, _, mean, var = _norm(rng, _images(shape))
    n, h, w, c = x.shape
    dy = _normal(rng, (n, h // 2, w // 2, c))
    argmax = rng.integers(5, size=dy.shape, dtype=np.uint8)  # 4: the ReLU is closed
    pixels = [x[:, a : h // 2 * 2 : 2, b : w // 2 * 2 : 2] for a in (0, 1) for b in (0, 1)]
    top = np.choose(argmax, [*pixels, pixels[0]])
    return dy, argmax, top, x, gamma, mean, var, EPS


def add(rng: np.random.Generator, shape: Shape) -> Arguments:
    return _normal(rng, shape), _normal(rng, shape)


NORM_RELU_CASES: dict[str, Callable[[np.random.Generator, Shape], Arguments]] = {
    f.__name__: f
    for f in (
        add,
        norm_relu,
        norm_relu_backward,
        norm_relu6,
        norm_relu6_backward,
        norm_add_relu,
        norm_add_relu_backward,
        norm_relu_pool,
        norm_relu_pool_backward,
    )
}
