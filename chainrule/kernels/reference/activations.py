"""Piecewise linear activations, and how a gradient passes back through them.

At a kink each takes the one-sided derivative that its equation gives to the point itself; all
are PyTorch's choices too. A NaN stays NaN: comparisons choose between values, never replace
one that they do not know.
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...sums import total
from ...types import Array

__all__ = [
    "hard_swish",
    "hard_swish_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "maxout",
    "maxout_backward",
    "prelu",
    "prelu_backward",
    "relu",
    "relu6",
    "relu6_backward",
    "relu_backward",
]


def relu(x: Array) -> Array:
    """y = max(x, 0)"""
    xp = namespace(x)
    return xp.maximum(x, 0)


def relu_backward(dy: Array, y: Array) -> Array:
    """dx = dy where y > 0, else 0. At x = 0 the subgradient 0 is taken."""
    xp = namespace(dy)
    return xp.where(y > 0, dy, 0)


def relu6(x: Array) -> Array:
    """y = min(max(x, 0), 6)"""
    xp = namespace(x)
    return xp.clip(x, 0, 6)


def relu6_backward(dy: Array, y: Array) -> Array:
    """dx = dy where 0 < y < 6, else 0: at both kinks 0."""
    xp = namespace(dy)
    return xp.where((y > 0) & (y < 6), dy, 0)


def leaky_relu(x: Array, negative_slope: float) -> Array:
    """y = x where x > 0, else slope x"""
    xp = namespace(x)
    return xp.where(x > 0, x, negative_slope * x)


def leaky_relu_backward(dy: Array, y: Array, negative_slope: float) -> Array:
    """dx = dy where y > 0, else slope dy: at x = 0 the slope. y > 0 exactly where x > 0."""
    xp = namespace(dy)
    return xp.where(y > 0, dy, negative_slope * dy)


def prelu(x: Array, slope: Array) -> Array:
    """y = x where x > 0, else aₖ x        x (R, C) · slope a (C,)"""
    xp = namespace(x)
    return xp.where(x > 0, x, slope * x)


def prelu_backward(dy: Array, x: Array, slope: Array) -> tuple[Array, Array]:
    """dx = dy where x > 0, else aₖ dy        daₖ = Σ dy x over the rows where x ≤ 0"""
    xp = namespace(dy)
    negative = ~(x > 0)
    dx = xp.where(negative, slope * dy, dy)
    return dx, total(xp.where(negative, dy * x, 0), 0)


def hard_swish(x: Array) -> Array:
    """y = x min(max(x + 3, 0), 6) / 6

    Below -3 the gate is 0, and x is limited to -3: the product is 0 for x = -∞, too.
    """
    xp = namespace(x)
    y: Array = xp.maximum(x, -3) * (xp.clip(x + 3, 0, 6) / 6)
    return y


def hard_swish_backward(dy: Array, x: Array) -> Array:
    """dx = 0 where x ≤ -3, dy where x ≥ 3, and dy (x / 3 + 1/2) between"""
    xp = namespace(dy)
    between = dy * (xp.clip(x, -3, 3) / 3 + 0.5)
    return xp.where(x <= -3, 0, xp.where(x >= 3, dy, between))


def maxout(z: Array) -> tuple[Array, Array]:
    """y = maxₖ zₖ, and which k won, the first of equals        z (N, K, M) · both (N, M)"""
    return z.max(axis=1), z.argmax(axis=1).astype(np.int32)


def maxout_backward(dy: Array, argmax: Array, pieces: int) -> Array:
    """dzₖ = dy where piece k won, else 0        dy, argmax (N, M) · dz (N, K, M)"""
    xp = namespace(dy)
    k = xp.arange(pieces, dtype=np.int32)[:, None]
    return xp.where(argmax[:, None] == k, dy[:, None], 0)
