"""Cross-entropies: loss and gradient in one pass, row by row while the row is in cache.

Not here: focal, hinges and the errors of numbers, of which NumPy makes few enough passes.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .exponential import exp, log1p
from .loops import Loop, flat

__all__ = ["binary_cross_entropy", "soft_cross_entropy", "softmax_cross_entropy"]


@Loop
def _softmax_cross_entropy(logits, labels, smoothing, dlogits):
    n, k = logits.shape
    share = smoothing / np.float32(k)
    inverse_n = np.float32(1) / np.float32(n)
    total = 0.0
    for i in range(n):
        top = logits[i].max()
        norm = mean = 0.0  # in double: exact for many classes, no overflow for large logits
        for j in range(k):
            dlogits[i, j] = exp(logits[i, j] - top)
            norm += dlogits[i, j]
        if share > 0:  # else 0 times the -∞ of a class that was taken out
            for j in range(k):
                mean += np.float64(logits[i, j]) - top
        inverse_norm = np.float32(1 / norm)
        for j in range(k):
            dlogits[i, j] = (dlogits[i, j] * inverse_norm - share) * inverse_n
        at = labels[i]
        dlogits[i, at] -= (np.float32(1) - smoothing) * inverse_n
        own = np.float64(logits[i, at]) - top
        total += np.log(norm) - (np.float32(1) - smoothing) * own - share * mean
    return total / n


def softmax_cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    dlogits = np.empty(logits.shape, logits.dtype)
    loss = _softmax_cross_entropy(
        np.ascontiguousarray(logits), np.ascontiguousarray(labels), np.float32(smoothing),
        dlogits, size=0,
    )  # fmt: skip
    return float(loss), dlogits


@Loop
def _soft_cross_entropy(logits, targets, dlogits):
    n, k = logits.shape
    inverse_n = np.float32(1) / np.float32(n)
    loss = 0.0
    for i in range(n):
        top = logits[i].max()
        norm = weight = target = 0.0
        for j in range(k):
            dlogits[i, j] = exp(logits[i, j] - top)
            norm += dlogits[i, j]
            weight += targets[i, j]
            ahead = np.float64(logits[i, j]) - top
            ahead = 0.0 if (targets[i, j] == 0) & (ahead == -np.inf) else ahead
            target += targets[i, j] * ahead
        scale = np.float32(weight / norm)
        for j in range(k):
            dlogits[i, j] = (dlogits[i, j] * scale - targets[i, j]) * inverse_n
        loss += weight * np.log(norm) - target
    return loss / n


def soft_cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    dlogits = np.empty(logits.shape, logits.dtype)
    loss = _soft_cross_entropy(
        np.ascontiguousarray(logits), np.ascontiguousarray(targets), dlogits, size=0
    )
    return float(loss), dlogits


@Loop
def _binary_cross_entropy(logits, targets, losses, dlogits):
    inverse_size = np.float32(1) / np.float32(logits.size)
    for i in prange(logits.size):
        z, t = logits[i], targets[i]
        e = exp(-abs(z))
        yes = np.float32(0) if (z < 0) & (t == 0) else z * t  # also for z = -∞
        losses[i] = max(z, np.float32(0)) - yes + log1p(e)
        p = (np.float32(1) if z >= 0 else e) / (np.float32(1) + e)
        dlogits[i] = (p - t) * inverse_size


def binary_cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    losses = np.empty(logits.size, logits.dtype)
    dlogits = np.empty(logits.shape, logits.dtype)
    _binary_cross_entropy(
        flat(logits), flat(targets), losses, dlogits.reshape(-1), size=logits.size
    )
    return float(losses.mean(dtype=np.float64)), dlogits
