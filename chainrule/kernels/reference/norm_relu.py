"""A norm by channel and the ReLU after it, in one pass: with a sum or a pooling on the way.

    norm_relu         y = max(v, 0)
    norm_relu6        y = min(max(v, 0), 6)
    norm_add_relu     y = max(v + shortcut, 0)         the end of a residual block
    norm_relu_pool    y = max pool 2x2 of max(v, 0)

where v = γ (x - μ) / √(σ² + ε) + β for x (…, C) and γ, β, μ, σ² (C,). Here each is made of the
kernels that it replaces; one that is compiled reads and writes memory once. The backward passes are
those of batch norm: μ and σ² are x's own (``moments``), and their path is part of dx.
"""

from __future__ import annotations

from ...arrays import namespace
from ...types import Array
from .activations import relu, relu6, relu6_backward, relu_backward
from .moments import normalize_with
from .norm import normalize_backward
from .pool import max_pool, max_pool_backward

__all__ = [
    "norm_add_relu",
    "norm_add_relu_backward",
    "norm_relu",
    "norm_relu6",
    "norm_relu6_backward",
    "norm_relu_backward",
    "norm_relu_pool",
    "norm_relu_pool_backward",
]

CLOSED = 4  # instead of a window's argmax: the ReLU lets nothing through
WINDOWS = (2, 2), (2, 2), ((0, 0), (0, 0))


def norm_relu(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    return relu(_normalize(x, gamma, beta, mean, var, eps))


def norm_relu_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """dx, dγ, dβ. Where the ReLU was open is seen from x."""
    v = _normalize(x, gamma, beta, mean, var, eps)
    return _backward(relu_backward(dy, v), x, gamma, mean, var, eps)


def norm_relu6(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    return relu6(_normalize(x, gamma, beta, mean, var, eps))


def norm_relu6_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """dx, dγ, dβ. Where the ReLU6 was open is seen from x."""
    v = _normalize(x, gamma, beta, mean, var, eps)
    return _backward(relu6_backward(dy, v), x, gamma, mean, var, eps)


def norm_add_relu(
    x: Array, shortcut: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    return relu(_normalize(x, gamma, beta, mean, var, eps) + shortcut)


def norm_add_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array]:
    """dx, the shortcut's gradient, dγ, dβ."""
    dsum = relu_backward(dy, y)
    dx, dgamma, dbeta = _backward(dsum, x, gamma, mean, var, eps)
    return dx, dsum, dgamma, dbeta


def norm_relu_pool(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """y (N, ⌊H/2⌋, ⌊W/2⌋, C), each window's argmax, and the value of x there.

    The place is 0 to 3 in row-major order, or 4 where v ≤ 0: then no pixel receives a gradient.
    """
    xp = namespace(x)
    v, argmax = max_pool(_normalize(x, gamma, beta, mean, var, eps), *WINDOWS)
    top = sum(xp.where(argmax == tap, pixels, 0) for tap, pixels in enumerate(_taps(x)))
    argmax[~(v > 0)] = CLOSED
    return relu(v), argmax, xp.asarray(top, x.dtype)


def norm_relu_pool_backward(
    dy: Array, argmax: Array, top: Array, x: Array, gamma: Array, mean: Array, var: Array,
    eps: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """dx, dγ, dβ. Only the x̂ of each window's maximum enter the sums."""
    dv = max_pool_backward(dy, argmax, x.shape[1:3], *WINDOWS)
    return _backward(dv, x, gamma, mean, var, eps)


def _normalize(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    columns = (gamma[:, None], beta[:, None], mean[None], var[None])
    return normalize_with(_view(x), *columns, eps).reshape(x.shape)


def _backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    columns = (gamma[:, None], mean[None], var[None])
    dx, dgamma, dbeta = normalize_backward(_view(dy), _view(x), *columns, eps)
    return dx.reshape(x.shape), dgamma[:, 0], dbeta[:, 0]


def _view(x: Array) -> Array:
    """x (…, C) as (B, S, G, K) of ``norm.py`` with statistics by channel."""
    return x.reshape(1, -1, x.shape[-1], 1)


def _taps(x: Array) -> list[Array]:
    """The four pixels of each window, as four images of half the size."""
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    return [x[:, a:h:2, b:w:2] for a in (0, 1) for b in (0, 1)]
