"""Softmax and cross-entropy in one launch and a sum."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..reference import losses as reference
from .arrays import empty, float32, laid_out, placed
from .launch import elements

__all__ = ["softmax_cross_entropy"]


def softmax_cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    n, k = logits.shape
    if not (float32(logits) and logits.size):
        return reference.softmax_cross_entropy(logits, labels, smoothing)
    losses, gradient = empty((n,), np.float64), empty((n, k))
    elements(
        "losses", "softmax_cross_entropy", n, laid_out(logits), placed(labels, np.int64),
        smoothing, n, k, losses, gradient,
    )  # fmt: skip
    return float(losses.sum()) / n, gradient
