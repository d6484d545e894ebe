"""The nearest of many points: what a classifier by neighbors does."""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...types import Array

__all__ = ["nearest"]


def nearest(x: Array, points: Array, k: int, p: int) -> tuple[Array, Array]:
    """dᵢⱼ = Σ_d |x_id - points_jd|^p, of each i the k smallest        p = 1 or 2

    x (N, D) and points (M, D) of one dtype, all finite, 1 ≤ k ≤ M. Returns (d, j), float64 (N, k)
    and int64 (N, k), in ascending order; of equal distances the earlier point comes first. Pixels,
    uint8, are subtracted as whole numbers, others as float64, so that d is exact to its rounding.
    """
    xp = namespace(x)
    d = xp.empty((len(x), k))
    j = xp.empty((len(x), k), np.int64)
    wide = np.int64 if x.dtype == np.uint8 else np.float64
    rows, every = x.astype(wide), points.astype(wide)
    for i in range(len(rows)):
        far = (xp.abs(every - rows[i]) ** p).sum(axis=1)
        j[i] = xp.argsort(far, kind="stable")[:k]
        d[i] = far[j[i]]
    return d, j
