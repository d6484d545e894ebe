"""Smooth activations. Where the derivative is a function of the output, the output is kept.

All are finite for every finite x, take their limits at ±∞, and pass on a NaN. So a gate that is
exactly 0 or 1 multiplies no more than ``FLAT`` (or ``FLAT_TANH``), whatever x is.
"""

from __future__ import annotations

import math

from ...arrays import namespace
from ...types import Array
from .erfc import erfc

__all__ = [
    "elu",
    "elu_backward",
    "gelu",
    "gelu_backward",
    "gelu_tanh",
    "gelu_tanh_backward",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "softplus",
    "softplus_backward",
    "tanh",
    "tanh_backward",
]


FLAT = 1000.0  # exp(-x), and with it 1 - σ(x) and 1 - Φ(x), is 0 in float64 from 746 on
FLAT_TANH = 30.0  # there 2u, of gelu_tanh, is 1973


def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + exp(-x)), for x < 0 as exp(x) / (1 + exp(x)): neither overflows"""
    xp = namespace(x)
    e = xp.exp(-xp.abs(x))
    y: Array = xp.where(x < 0, e, 1) / (1 + e)
    return y


def sigmoid_backward(dy: Array, y: Array) -> Array:
    """dx = dy y (1 - y)"""
    dx: Array = dy * (y * (1 - y))
    return dx


def tanh(x: Array) -> Array:
    """y = tanh(x)"""
    xp = namespace(x)
    return xp.tanh(x)


def tanh_backward(dy: Array, y: Array) -> Array:
    """dx = dy (1 - y²) = dy (1 - y) (1 + y), the second form with less rounding"""
    dx: Array = dy * ((1 - y) * (1 + y))
    return dx


def elu(x: Array, alpha: float, scale: float) -> Array:
    """y = scale x where x > 0, else scale α (exp(x) - 1)"""
    xp = namespace(x)
    return scale * xp.maximum(x, 0) + scale * alpha * xp.expm1(xp.minimum(x, 0))


def elu_backward(dy: Array, y: Array, alpha: float, scale: float) -> Array:
    """dx = scale dy where y > 0, else dy (y + scale α), which is dy scale α exp(x)"""
    xp = namespace(dy)
    return dy * xp.where(y > 0, scale, y + scale * alpha)


def softplus(x: Array, beta: float) -> Array:
    """y = log(1 + exp(βx)) / β = max(x, 0) + log(1 + exp(-|βx|)) / β: never overflows"""
    xp = namespace(x)
    far = xp.minimum(xp.abs(x), FLAT / beta)  # exp(-FLAT) is 0
    return xp.maximum(x, 0) + xp.log1p(xp.exp(-(beta * far))) / beta


def softplus_backward(dy: Array, y: Array, beta: float) -> Array:
    """dx = dy σ(βx) = dy (1 - exp(-βy))"""
    xp = namespace(dy)
    return -dy * xp.expm1(-beta * xp.minimum(y, FLAT / beta))


def silu(x: Array) -> Array:
    """y = x σ(x)"""
    xp = namespace(x)
    return xp.maximum(x, -FLAT) * sigmoid(x)


def silu_backward(dy: Array, x: Array) -> Array:
    """dx = dy σ (1 + x (1 - σ)), σ = σ(x)"""
    xp = namespace(dy)
    s = sigmoid(x)
    dx: Array = dy * (s * (1 + xp.clip(x, -FLAT, FLAT) * (1 - s)))
    return dx


def gelu(x: Array) -> Array:
    """y = x Φ(x), Φ the normal distribution: Φ(x) = ½ erfc(-x/√2)"""
    xp = namespace(x)
    return xp.maximum(x, -FLAT) * _normal_cdf(x)


def gelu_backward(dy: Array, x: Array) -> Array:
    """dx = dy (Φ(x) + x φ(x)), φ the normal density exp(-x²/2) / √(2π)"""
    xp = namespace(dy)
    x = xp.clip(x, -FLAT, FLAT)
    density = xp.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return dy * (_normal_cdf(x) + x * density)


def gelu_tanh(x: Array) -> Array:
    """y = ½ x (1 + tanh u) = x σ(2u), u = √(2/π) (x + 0.044715 x³)"""
    xp = namespace(x)
    return xp.maximum(x, -FLAT_TANH) * sigmoid(_twice_u(xp.clip(x, -FLAT_TANH, FLAT_TANH)))


def gelu_tanh_backward(dy: Array, x: Array) -> Array:
    """dx = dy σ (1 + x (1 - σ) 2u'), σ = σ(2u), u' = √(2/π) (1 + 3 · 0.044715 x²)"""
    xp = namespace(dy)
    x = xp.clip(x, -FLAT_TANH, FLAT_TANH)
    s = sigmoid(_twice_u(x))
    slope = 2 * ROOT * (1 + 3 * CUBIC * x * x)
    dx: Array = dy * (s * (1 + x * (1 - s) * slope))
    return dx


ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715


def _twice_u(x: Array) -> Array:
    return 2 * ROOT * x * (1 + CUBIC * x * x)


def _normal_cdf(x: Array) -> Array:
    return 0.5 * erfc(-math.sqrt(0.5) * x)
