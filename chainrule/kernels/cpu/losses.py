"""Softmax cross-entropy: loss and gradient row by row, while the row is in cache."""

from __future__ import annotations

import numpy as np

from ...types import Array
from .loops import Loop

__all__ = ["softmax_cross_entropy"]


@Loop
def _softmax_cross_entropy(logits, labels, smoothing, dlogits):
    n, k = logits.shape
    share = smoothing / np.float32(k)
    inverse_n = np.float32(1) / np.float32(n)
    total = 0.0
    for i in range(n):
        top = logits[i].max()
        norm = np.float32(0)
        mean = 0.0  # in double: the sum of large logits must not overflow
        for j in range(k):
            dlogits[i, j] = np.exp(logits[i, j] - top)
            norm += dlogits[i, j]
            mean += logits[i, j] - top
        for j in range(k):
            dlogits[i, j] = (dlogits[i, j] / norm - share) * inverse_n
        at = labels[i]
        dlogits[i, at] -= (np.float32(1) - smoothing) * inverse_n
        target = (np.float32(1) - smoothing) * (logits[i, at] - top) + share * mean
        total += np.log(norm) - target
    return total / n


def softmax_cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    dlogits = np.empty(logits.shape, logits.dtype)
    loss = _softmax_cross_entropy(
        np.ascontiguousarray(logits), np.ascontiguousarray(labels), np.float32(smoothing),
        dlogits, size=0,
    )  # fmt: skip
    return float(loss), dlogits
