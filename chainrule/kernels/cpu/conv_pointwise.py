"""1x1 kernels, stride 1, no padding: every pixel is a row already, and nothing is copied."""

from __future__ import annotations

from ...types import Array
from .. import forks
from ..geometry import Padding, Pair
from .matmul import matmul


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
    # Not `matmul`: its strips of rows or columns are few here, and BLAS splits the long inner axis
    with forks.quiet():
        dw: Array = (_pixels(x).T @ _pixels(dy))[None, None]
    return dw


def _pixels(x: Array) -> Array:
    n, h, w, c = x.shape
    return x.reshape(n * h * w, c)
