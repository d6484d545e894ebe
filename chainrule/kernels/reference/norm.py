"""One normalization for all layers: batch, layer, instance and group norm choose the view.

An array is seen as (B, S, G, K). Each (b, g) has its own mean and variance over S and K; scale
and shift belong to (g, k). Channels last makes every such view free:

    batch norm      (1, N·H·W, C, 1)      statistics per channel
    instance norm   (N, H·W,   C, 1)      per sample and channel
    group norm      (N, H·W,   G, C/G)    per sample and group
    layer norm      (N, 1,     1, F)      per sample
"""

from __future__ import annotations

from ... import sums
from ...arrays import namespace
from ...types import Array

__all__ = ["normalize", "normalize_backward", "scale_shift"]

AXES = (1, 3)


def normalize(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    """y = γ (x - μ) / √(σ² + ε) + β, with μ and σ² (B, G) as second and third result.

    x (B, S, G, K) · gamma, beta (G, K). The variance is the biased one, mean((x - μ)²).
    """
    xp = namespace(x)
    mean, var = mean_and_variance(x)
    x_hat = (x - mean) / xp.sqrt(var + x.dtype.type(eps))
    return gamma * x_hat + beta, mean[:, 0, :, 0], var[:, 0, :, 0]


def normalize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """dx (B, S, G, K), dγ (G, K), dβ (G, K).

    With dx̂ = γ dy:   dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂)) / √(σ² + ε)

    The two corrections: x̂ always has mean 0 and variance 1, so no gradient can push along
    the constant or along x̂ itself.
    """
    xp = namespace(dy)
    inv_std = 1 / xp.sqrt(var + x.dtype.type(eps))[:, None, :, None]
    x_hat = (x - mean[:, None, :, None]) * inv_std
    dx_hat = gamma * dy
    dx = inv_std * (
        dx_hat
        - sums.mean(dx_hat, AXES, keepdims=True)
        - x_hat * sums.mean(dx_hat * x_hat, AXES, keepdims=True)
    )
    return dx, sums.total(dy * x_hat, (0, 1)), sums.total(dy, (0, 1))


def mean_and_variance(x: Array) -> tuple[Array, Array]:
    """μ and σ² (B, 1, G, 1) in the dtype of x, from sums in double precision.

    In two passes: Σ x² - n μ², or squares about a rounded mean, would lose the variance of numbers
    that are large beside their spread.
    """
    dtype = sums.wide(x.dtype)
    mean = x.mean(AXES, dtype, keepdims=True)
    var = x.var(AXES, dtype, keepdims=True)
    return mean.astype(x.dtype, copy=False), var.astype(x.dtype, copy=False)


def scale_shift(x: Array, scale: Array, shift: Array) -> Array:
    """y = scale x + shift per channel: x (..., C) · scale, shift (C,).

    uint8 pixels come out in the dtype of ``scale``.
    """
    return x * scale + shift
