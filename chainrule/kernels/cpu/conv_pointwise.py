"""1x1 kernels, stride 1, no padding: every pixel is a row already, and nothing is copied."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..geometry import Padding, Pair
from . import workers
from .matmul import matmul
from .products import add_products

LARGE = 1 << 22  # multiplications from which waking a worker pays
ROWS = 1 << 12  # pixels of one product, which with their gradients stay in a core's cache
FEWEST = 4  # pieces worth sharing


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    return matmul(_pixels(x), w[0, 0]).reshape(*x.shape[:3], w.shape[3])


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    return matmul(_pixels(dy), w[0, 0].T).reshape(*dy.shape[:3], w.shape[2])


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    x, dy = _pixels(x), _pixels(dy)
    pieces = len(x) // ROWS
    if x.size * dy.shape[1] < LARGE or pieces < FEWEST:
        return matmul(x.T, dy)[None, None]
    # Not `matmul`: its strips of rows or columns are few here, and the inner axis is long. Nor by
    # BLAS's threads, which wait for each other: beside other programs 30 times as long.
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
