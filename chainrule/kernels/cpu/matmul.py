"""Matrix products by BLAS, on its own threads only where they pay.

BLAS's threads answer at once because they wait for work in a busy loop, for some 25 ms after a
product (OpenBLAS). That suits the small nets, whose products follow each other. In a net with
convolutions it takes a core from the ``workers``: a linear layer of 0.1 ms made the convolution
after it last 18 ms instead of 10. There, linear layers are narrow (the classes) or large (the
first after the images): one thread does the narrow ones, workers share the large ones.

BLAS's threads wait for each other, which costs much where another process takes one of two cores:
`crowding` notices, and goes on with one thread for a while.

In bfloat16 and bf16x3 products are made on AMX tiles. Without them the factors of bfloat16 are
rounded and multiplied by BLAS, which gives the same but for the rounding of sums; bf16x3 is then
float32 itself, which is more exact and takes one product instead of three.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from .. import forks, precision
from . import blas, crowding, workers, workspace
from .amx import gemm, registers
from .rounding import rounded

__all__ = ["matmul"]

LARGE = 1 << 27  # multiplications: about 2 ms on one core; waking a worker takes 0.3 ms
PIECE = 1 << 18  # elements of a piece and its result, which then stay in a core's cache
LEAST = 128  # rows or columns of a piece, for which BLAS packs the other matrix again
TINY = 1 << 18  # multiplications that BLAS itself keeps on one thread
NARROW = 32  # rows or columns too few for two threads to halve the time


def matmul(a: Array, b: Array) -> Array:
    """y (M, N) = a (M, K) @ b (K, N), factors and sums as `precision` says"""
    asked = precision.current()
    if asked in ("bfloat16", "bf16x3") and a.dtype == b.dtype == np.float32:
        if registers.usable():
            with forks.quiet():
                y = gemm.product(a, b, planes=1 if asked == "bfloat16" else 2)
            return _plain(a, b) if y is None else y
        if asked == "bfloat16":
            return _plain(rounded(a), rounded(b))
    return _plain(a, b)


def _plain(a: Array, b: Array) -> Array:
    (m, k), n = a.shape, b.shape[1]
    if m * k * n >= LARGE and a.dtype == np.float32 and not np.may_share_memory(a, b):
        return _shared(a, b)  # of x xᵀ BLAS itself computes only half
    with forks.quiet():
        if m * k * n < TINY:
            return np.asarray(a @ b)
        if min(m, k, n) >= NARROW:
            return crowding.product(a, b)
    with forks.quiet(), blas.one_thread():
        return np.asarray(a @ b)


def _shared(a: Array, b: Array) -> Array:
    m, n = len(a), b.shape[1]
    y = workspace.empty((m, n), a.dtype)
    pieces = 2 * workers.threads()
    step = -(-max(m, n) // pieces)
    step = min(step, max(LEAST, PIECE // (a.shape[1] + min(m, n))))

    def work(piece: int) -> None:
        part = slice(piece * step, (piece + 1) * step)
        if m >= n:
            np.matmul(a[part], b, out=y[part])
        else:
            np.matmul(a, b[:, part], out=y[:, part])

    workers.share(work, -(-max(m, n) // step))
    return y
