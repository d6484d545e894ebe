"""Images resized and blurred, each along one axis after the other: y = R x Cᵀ."""

from __future__ import annotations

import numpy as np

from ..types import Array


def along(images: Array, rows: Array, columns: Array) -> Array:
    """y[n, i, j, …] = Σ_{a, b} rows[i, a] columns[j, b] x[n, a, b, …]        x (N, H, W, …)"""
    for axis, weights in ((1, rows), (2, columns)):  # one product each: thin ones are slow
        y = np.tensordot(weights.astype(images.dtype), images, (1, axis))
        images = np.moveaxis(y, 0, axis)
    return np.ascontiguousarray(images)


def resized(maps: Array, size: tuple[int, int]) -> Array:
    """Maps (N, h, w) as (N, H, W), linear between the centers of their pixels.

    Beyond the outermost centers the values stay as they are there: PyTorch's interpolate with
    mode="bilinear", align_corners=False.
    """
    (h, w), (height, width) = maps.shape[1:3], size
    return along(maps, linear(h, height), linear(w, width))


def linear(n: int, m: int) -> Array:
    """(m, n): the weights of n pixels in m that lie over them."""
    center = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)
    left = np.minimum(center.astype(np.int64), max(n - 2, 0))
    weights = np.zeros((m, n))
    weights[np.arange(m), left] += 1 - (center - left)
    weights[np.arange(m), np.minimum(left + 1, n - 1)] += center - left
    return weights


def blurred(images: Array, sigma: float) -> Array:
    """Images (N, H, W, …) after a Gaussian of ``sigma`` pixels; at the border its weights are
    those of the pixels that there are, and sum to 1."""
    if sigma == 0:
        return images
    return along(images, gaussian(images.shape[1], sigma), gaussian(images.shape[2], sigma))


def gaussian(n: int, sigma: float) -> Array:
    """(n, n): the weights of each pixel's neighbors."""
    distance = np.arange(n)[:, None] - np.arange(n)
    weights: Array = np.exp(-0.5 * (distance / sigma) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
