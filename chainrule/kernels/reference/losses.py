"""Losses with their gradient: logits or outputs in, (loss, dL/dinput) out.

Those of labels are means over the batch, those of numbers means over every element. N is the
number of samples, K that of classes; labels are int (N,), float targets have the dtype of the
input. Sums are taken in float64.

A logit of -∞ takes its class out: p = 0, and 0 log 0 is 0. Where the target gives such a class a
share, the loss is ∞ and the gradient finite. A NaN, or +∞ under a softmax, makes the loss NaN.
"""

from __future__ import annotations

import numpy as np

from ...arrays import namespace
from ...types import Array

__all__ = [
    "absolute_error",
    "binary_cross_entropy",
    "focal",
    "huber",
    "multiclass_hinge",
    "one_vs_rest_hinge",
    "soft_cross_entropy",
    "softmax_cross_entropy",
    "squared_error",
]


def softmax_cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    """L = -mean Σₖ qₖ log pₖ,   p = softmax(logits),   dL/dlogits = (p - q) / N

    logits (N, K) · labels int (N,). The target q is 1 - s + s/K at the label and s/K elsewhere
    (smoothing s). The row maximum is subtracted first, so no exponential overflows.
    """
    xp = namespace(logits)
    n, k = logits.shape
    log_p = _log_softmax(logits)
    q = xp.full_like(logits, smoothing / k)
    q[_rows(labels), labels] += 1 - smoothing
    return _cross_entropy(q, log_p), (xp.exp(log_p) - q) / n


def soft_cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    """L = -mean Σₖ qₖ log pₖ,   dL/dlogits = (p Σₖ qₖ - q) / N        targets q (N, K), ≥ 0

    A row of q is a distribution, or one times the weight of each class: it need not add up to 1.
    """
    xp = namespace(logits)
    n = len(logits)
    log_p = _log_softmax(logits)
    total = targets.sum(axis=1, keepdims=True)
    return _cross_entropy(targets, log_p), (xp.exp(log_p) * total - targets) / n


def focal(logits: Array, labels: Array, weights: Array, gamma: float) -> tuple[float, Array]:
    """L = -mean w (1 - p)^γ log p   with p and w those of the label        weights (K,)

    dL/dlogitₖ = w ((1-p)^γ - γ p (1-p)^(γ-1) log p) (pₖ - [k = label]) / N. Written with
    log p / (1-p), which is -1 at p = 1, so that a γ below 1 divides by no zero.
    """
    xp = namespace(logits)
    n = len(logits)
    at = _rows(labels), labels
    log_softmax = _log_softmax(logits)
    p, log_p = xp.exp(log_softmax), log_softmax[at]
    rest = -xp.expm1(log_p)
    known = rest != 0
    ratio = xp.where(known, log_p / xp.where(known, rest, 1), -1)
    faded = weights[labels] * rest**gamma
    slope = faded * (1 - gamma * _product(p[at], ratio)) / n
    p[at] -= 1
    return _cross_entropy(faded, log_p), p * slope[:, None]


def binary_cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    """L = mean of -t log σ(z) - (1 - t) log(1 - σ(z)) = max(z, 0) - z t + log(1 + e^-|z|)

    dL/dz = (σ(z) - t) / count        any shape. The last form overflows for no z.
    """
    xp = namespace(logits)
    e = xp.exp(-xp.abs(logits))
    out = (logits < 0) & (targets == 0)  # -∞ times 0 is 0 here
    cost = xp.maximum(logits, 0) - xp.where(out, 0, logits) * targets + xp.log1p(e)
    loss = float(cost.mean(dtype=np.float64))
    p = xp.where(logits >= 0, 1, e) / (1 + e)
    return loss, (p - targets) / logits.size


def multiclass_hinge(
    logits: Array, labels: Array, margin: float, squared: bool
) -> tuple[float, Array]:
    """L = mean Σ_{k≠y} max(0, zₖ - z_y + margin), each term squared if ``squared``

    Each term above 0 pulls zₖ down and z_y up by its slope; one of exactly 0 has slope 0, and so
    has an infinite one that is squared: no step would make it finite.
    """
    xp = namespace(logits)
    at = _rows(labels), labels
    present = logits != -np.inf
    lead = xp.where(present, logits, 0) - logits[at][:, None] + margin
    excess = xp.where(present, xp.maximum(lead, 0), 0)
    excess[at] = 0
    loss, slope = _hinge(excess, squared)
    slope[at] = -slope.sum(axis=1)
    return loss, slope


def one_vs_rest_hinge(
    logits: Array, labels: Array, margin: float, squared: bool
) -> tuple[float, Array]:
    """L = mean Σₖ max(0, margin - tₖ zₖ), t = 1 at the label and -1 elsewhere; or squared

    dL/dzₖ = -tₖ times the slope of the term; a term of exactly 0 has slope 0.
    """
    xp = namespace(logits)
    t = xp.full_like(logits, -1)
    t[_rows(labels), labels] = 1
    loss, slope = _hinge(xp.maximum(margin - t * logits, 0), squared)
    return loss, -t * slope


def squared_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """L = mean (y - t)²,   dL/dy = 2 (y - t) / count        any shape"""
    r = outputs - targets
    return float((r * r).mean(dtype=np.float64)), r * (2 / r.size)


def absolute_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """L = mean |y - t|,   dL/dy = sign(y - t) / count, 0 where they are equal"""
    xp = namespace(outputs)
    r = outputs - targets
    return float(xp.abs(r).mean(dtype=np.float64)), xp.sign(r) / r.size


def huber(outputs: Array, targets: Array, delta: float) -> tuple[float, Array]:
    """L = mean of r²/2 where |r| ≤ δ, else δ (|r| - δ/2),   r = y - t

    dL/dy = clip(r, -δ, δ) / count. With c = clip(r, -δ, δ) both branches are c (r - c/2).
    """
    xp = namespace(outputs)
    r = outputs - targets
    c = xp.clip(r, -delta, delta)
    return float((c * (r - c / 2)).mean(dtype=np.float64)), c / r.size


def _log_softmax(logits: Array) -> Array:
    xp = namespace(logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p: Array = shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
    return log_p


def _product(share: Array, log: Array) -> Array:
    """share · log, with 0 · -∞ = 0"""
    xp = namespace(log)
    return share * xp.where((share == 0) & (log == -np.inf), 0, log)


def _cross_entropy(q: Array, log_p: Array) -> float:
    """-Σ q log p / N"""
    return -float(_product(q, log_p).sum(dtype=np.float64)) / len(q)


def _hinge(excess: Array, squared: bool) -> tuple[float, Array]:
    """The mean over rows of the summed terms, and the slope of each."""
    xp = namespace(excess)
    n = len(excess)
    if squared:
        loss = float(xp.square(excess, dtype=np.float64).sum()) / n
        return loss, xp.where(excess == np.inf, 0, excess) * (2 / n)
    return float(excess.sum(dtype=np.float64)) / n, (excess > 0).astype(excess.dtype) / n


def _rows(labels: Array) -> Array:
    xp = namespace(labels)
    return xp.arange(len(labels))
