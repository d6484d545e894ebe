"""Normalization by channel in three launches each way; other views go to the reference."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..reference import norm as reference
from . import columns
from .arrays import empty, float32, laid_out
from .launch import elements

__all__ = ["normalize", "normalize_backward", "scale_shift"]


def by_channel(x: Array) -> bool:
    """Whether the view (B, S, G, K) has its statistics by the last axis of the array."""
    b, _, _, k = x.shape
    return b == k == 1 and x.size > 0


def normalize(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    if not (by_channel(x) and float32(x, gamma, beta)):
        return reference.normalize(x, gamma, beta, eps)
    flat = laid_out(x).reshape(x.shape[1:3])
    mean, var = columns.moments(flat)
    y = columns.rescale(flat, columns.norm(gamma, beta, mean, var, eps), columns.NOTHING)
    return y.reshape(x.shape), mean[None], var[None]


def normalize_backward(
    dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    if not (by_channel(x) and float32(dy, x, gamma, mean, var)):
        return reference.normalize_backward(dy, x, gamma, mean, var, eps)
    flat, d = laid_out(x).reshape(x.shape[1:3]), laid_out(dy).reshape(x.shape[1:3])
    by = columns.norm(gamma, None, mean, var, eps)
    found = columns.gradients(d, flat, by, columns.NOTHING, len(flat))
    dx = columns.input_gradient(d, flat, by, columns.NOTHING, found.terms)
    return dx.reshape(x.shape), found.dgamma[:, None], found.dbeta[:, None]


def scale_shift(x: Array, scale: Array, shift: Array) -> Array:
    pixels = x.dtype == np.uint8
    each_channel = x.ndim > 0 and scale.shape == shift.shape == x.shape[-1:]  # not one for all
    if not (float32(scale, shift) and (pixels or float32(x)) and x.size and each_channel):
        return reference.scale_shift(x, scale, shift)
    y = empty(x.shape)
    name = "scale_shift_pixels" if pixels else "scale_shift"
    each = laid_out(x), laid_out(scale), laid_out(shift)
    elements("norm", name, x.size, *each, x.size, x.shape[-1], y)
    return y
