"""``norm.py`` in two steps, for layers that mix or remember statistics in between.

    normalize(x) = normalize_with(x, moments(x))

The view (B, S, G, K) is that of ``norm.py``; mean and var are (B, G).
"""

from __future__ import annotations

from ...arrays import namespace
from ...sums import total
from ...types import Array
from .norm import AXES, mean_and_variance

__all__ = ["moments", "moments_backward", "normalize_with", "normalize_with_backward"]


def moments(x: Array) -> tuple[Array, Array]:
    """μ = mean(x) and σ² = mean((x - μ)²), over axes 1 and 3."""
    mean, var = mean_and_variance(x)
    return mean[:, 0, :, 0], var[:, 0, :, 0]


def moments_backward(dmean: Array, dvar: Array, x: Array, mean: Array) -> Array:
    """dx = (dμ + 2 (x - μ) dσ²) / (S K)

    σ² also depends on x through μ, but that path is closed: ∂σ²/∂μ = -2 mean(x - μ) = 0.
    """
    scale = x.dtype.type(1 / (x.shape[1] * x.shape[3]))
    centered = x - mean[:, None, :, None]
    mean_term, x_hat_term = dmean * scale, 2 * scale * dvar
    dx: Array = mean_term[:, None, :, None] + x_hat_term[:, None, :, None] * centered
    return dx


def normalize_with(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    """y = γ (x - μ) / √(σ² + ε) + β for any μ and σ², not only x's own."""
    xp = namespace(x)
    inv_std = 1 / xp.sqrt(var + x.dtype.type(eps))
    x_hat = (x - mean[:, None, :, None]) * inv_std[:, None, :, None]
    y: Array = gamma * x_hat + beta
    return y


def normalize_with_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array, Array]:
    """dx, dγ, dβ (G, K), dμ, dσ² (B, G), with μ and σ² held to be independent of x.

    With s = 1 / √(σ² + ε), x̂ = s (x - μ) and dx̂ = γ dy:

        dx = s dx̂      dμ = -s Σ dx̂      dσ² = -½ s² Σ dx̂ x̂        (ds/dσ² = -½ s³)
    """
    xp = namespace(dy)
    inv_std = 1 / xp.sqrt(var + x.dtype.type(eps))
    x_hat = (x - mean[:, None, :, None]) * inv_std[:, None, :, None]
    dx_hat = gamma * dy
    dmean = -inv_std * total(dx_hat, AXES)
    dvar = -(inv_std**2) / 2 * total(dx_hat * x_hat, AXES)
    dx = dx_hat * inv_std[:, None, :, None]
    return dx, total(dy * x_hat, (0, 1)), total(dy, (0, 1)), dmean, dvar
