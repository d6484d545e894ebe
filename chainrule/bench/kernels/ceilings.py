"""What this machine can do at most: products by its BLAS, and copies of memory."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..timing import elapsed

SQUARE, TALL = 2048, (131072, 576, 64)  # the second is a 3x3 convolution's, 64 channels
COPIED = 1 << 26  # float32: 256 MB, more than any cache


def ceilings(threads: int) -> dict[str, float]:
    """GFLOP/s of a square and of a tall, thin matrix product; GB/s read plus written of a copy."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((SQUARE, SQUARE), np.float32) for _ in range(2))
    rows, inner, columns = TALL
    x = rng.standard_normal((rows, inner), np.float32)
    w = rng.standard_normal((inner, columns), np.float32)
    c, y = np.empty_like(a), np.empty((rows, columns), np.float32)
    return {
        "square_gflops": round(2 * SQUARE**3 / _seconds(lambda: np.matmul(a, b, c)) / 1e9, 1),
        "tall_gflops": round(
            2 * rows * inner * columns / _seconds(lambda: np.matmul(x, w, y)) / 1e9, 1
        ),
        "copy_gbytes": round(8 * COPIED / _copy(threads) / 1e9, 1),
    }


def _copy(threads: int) -> float:
    source, target = np.ones(COPIED, np.float32), np.zeros(COPIED, np.float32)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    with ThreadPoolExecutor(threads) as pool:
        return _seconds(lambda: list(pool.map(lambda part: np.copyto(*part), parts)))


def _seconds(run: Callable[[], Any], repeats: int = 9) -> float:
    run()
    return statistics.median(elapsed(run) for _ in range(repeats))
