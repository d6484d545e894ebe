"""Normalization where each mean is taken over one contiguous row: layer norm, S = 1.

A row fits the first-level cache, so its statistics and its result cost one trip to memory.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from .loops import Loop

BLOCK = 32  # rows of one task, whose dγ and dβ are summed in float32


@Loop
def normalize_rows(x, gamma, beta, eps, y, mean, var):
    """x, y (B, G, K) · gamma, beta (G, K) · mean, var (B, G)"""
    batch, groups, k = x.shape
    for task in prange(-(-batch // BLOCK)):
        for b in range(task * BLOCK, min(batch, (task + 1) * BLOCK)):
            for g in range(groups):
                total, squares = 0.0, 0.0
                for c in range(k):
                    total += x[b, g, c]
                m = np.float32(total / k)
                for c in range(k):
                    d = x[b, g, c] - m
                    squares += d * d
                v = np.float32(squares / k)
                inv_std = np.float32(1) / np.sqrt(v + eps)
                for c in range(k):
                    y[b, g, c] = (x[b, g, c] - m) * inv_std * gamma[g, c] + beta[g, c]
                mean[b, g], var[b, g] = m, v


@Loop
def normalize_rows_backward(dy, x, gamma, mean, var, eps, dx, dgammas, dbetas):
    """As above; dgammas, dbetas (blocks, G, K): each block's share."""
    batch, groups, k = x.shape
    for task in prange(-(-batch // BLOCK)):
        dgamma, dbeta = dgammas[task], dbetas[task]
        dgamma[:] = 0
        dbeta[:] = 0
        for b in range(task * BLOCK, min(batch, (task + 1) * BLOCK)):
            for g in range(groups):
                m = mean[b, g]
                inv_std = np.float32(1) / np.sqrt(var[b, g] + eps)
                sum_one, sum_x_hat = 0.0, 0.0
                for c in range(k):
                    x_hat = (x[b, g, c] - m) * inv_std
                    d = dy[b, g, c]
                    dbeta[g, c] += d
                    dgamma[g, c] += d * x_hat
                    sum_one += d * gamma[g, c]
                    sum_x_hat += d * gamma[g, c] * x_hat
                mean_term = np.float32(sum_one / k)
                x_hat_term = np.float32(sum_x_hat / k)
                for c in range(k):
                    x_hat = (x[b, g, c] - m) * inv_std
                    dx_hat = gamma[g, c] * dy[b, g, c]
                    dx[b, g, c] = inv_std * (dx_hat - mean_term - x_hat * x_hat_term)
