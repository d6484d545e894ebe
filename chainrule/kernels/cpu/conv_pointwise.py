"""1x1 kernels, stride 1, no padding: every pixel is a row already, and nothing is copied.

Products are shared among the workers. BLAS's own threads would go on waiting for work in a busy
loop, and keep a core from the norms and activations that follow.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..geometry import Padding, Pair
from . import workers, workspace
from .products import Factors, add_products

LARGE = 1 << 22  # multiplications from which waking a worker pays
PIECE = 1 << 18  # numbers of a piece and of its product, which then stay in a core's cache
ROWS = 1 << 12  # pixels of one product, which with their gradients stay there, too
FEWEST = 4  # pieces worth sharing


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    return _product(_pixels(x), w[0, 0]).reshape(*x.shape[:3], w.shape[3])


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    return _product(_pixels(dy), w[0, 0].T).reshape(*dy.shape[:3], w.shape[2])


def _product(a: Array, b: Array) -> Array:
    """a (M, K) @ b (K, N)"""
    (m, k), n = a.shape, b.shape[1]
    y = workspace.empty((m, n), a.dtype)
    factors = Factors(b[None])
    rows = max(1, PIECE // (k + n)) if m * k * n >= LARGE else max(1, m)

    def work(piece: int) -> None:
        part = slice(piece * rows, (piece + 1) * rows)
        factors.products(a[part][None], y[part][None])

    workers.share(work, -(-m // rows))
    return y


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    x, dy = _pixels(x), _pixels(dy)
    pieces = len(x) // ROWS
    if x.size * dy.shape[1] < LARGE or pieces < FEWEST:
        return _product(x.T, dy)[None, None]
    sums = np.empty((pieces, x.shape[1], dy.shape[1]), x.dtype)

    def work(piece: int) -> None:
        rows = slice(piece * ROWS, None if piece == pieces - 1 else (piece + 1) * ROWS)
        sums[piece] = 0
        add_products(x[rows].T[None], dy[rows][None], sums[piece][None])

    workers.share(work, pieces)
    dw: Array = sums.sum(axis=0, dtype=np.float64).astype(x.dtype)[None, None]
    return dw


def _pixels(x: Array) -> Array:
    n, h, w, c = x.shape
    return x.reshape(n * h * w, c)
