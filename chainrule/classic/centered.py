"""Features around zero and of size one, so that one learning rate suits pixels of any range."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..types import Array

ROWS = 4096  # samples that are turned into floats at a time


@dataclass(frozen=True, eq=False)
class Centered:
    """z = (x - mean) / scale        x (N, D) · mean (D,) · scale a number · z float32 (N, D)"""

    mean: Array
    scale: float

    @classmethod
    def of(cls, x: Array) -> Centered:
        """With the mean of ``x``, and the scale with which the mean of |z|² is 1."""
        parts = [slice(start, start + ROWS) for start in range(0, len(x), ROWS)]
        mean = sum(x[part].sum(axis=0, dtype=np.float64) / len(x) for part in parts)
        size = float(max(np.abs(x[part] - mean).max() for part in parts)) or 1.0
        share = sum(float(np.square((x[part] - mean) / size).sum()) / len(x) for part in parts)
        return cls(np.asarray(mean), size * math.sqrt(share) or 1.0)

    def __call__(self, x: Array) -> Array:
        z: Array = ((x - self.mean) / self.scale).astype(np.float32)
        return z

    def undone(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """(W (K, D), b (K,)) for x, from a weight (D, K) and a bias (K,) for z."""
        w = weight.T.astype(np.float64) / self.scale
        return w, bias - w @ self.mean
