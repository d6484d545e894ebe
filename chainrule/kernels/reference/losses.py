"""Losses with their gradient, from logits, mean over the batch."""

from __future__ import annotations

import numpy as np

from ...types import Array

__all__ = ["softmax_cross_entropy"]


def softmax_cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    """L = -mean Σₖ qₖ log pₖ,   p = softmax(logits),   dL/dlogits = (p - q) / N

    logits (N, K) · labels int (N,). The target q is 1 - s + s/K at the label and s/K elsewhere
    (smoothing s). The row maximum is subtracted first, so no exponential overflows.
    """
    n, k = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    q = np.full_like(logits, smoothing / k)
    q[np.arange(n), labels] += 1 - smoothing
    loss = -float((q * log_p).sum()) / n
    return loss, (np.exp(log_p) - q) / n
