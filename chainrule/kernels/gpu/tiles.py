"""Convolutions on tensor cores: what one block of the grid computes, in cuTile Python.

A convolution is a product of matrices (``reference/conv.py``), whose left factor is never written
out. A block makes a box of TN images, TH rows and TW columns of the result, BN outputs deep: for
each tap of the filter, and BK channels at a time, it loads the box of pixels that this tap sees, a
plain box of the image, moved by the tap. Images come padded, and cut into the phases of the stride
(``split_images`` in ``cuda/operands.cu``): so every load is a whole box, which Hopper's copy engine
fetches by itself while the tensor cores multiply.

    x (phases, N, H, W, C) · w (taps, C, O) · y (N, OH, OW, O) in float32, any strides
    tap (a, b) of kw columns lies a dh rows down and b dw columns across

These are plain functions: `cubins` compiles them, with ``ct`` the module ``cuda.tile``, and the
tests run them, with ``ct`` a model of it in NumPy. What is in capitals is fixed when compiled.
"""

from __future__ import annotations

from typing import Any

ct: Any = None
"""``cuda.tile``, or a model of it."""


def convolve(x, w, y, taps, kw, sh, sw, dh, dw, TN, TH, TW, BN, BK):
    """y = the sum over all taps, factors in bfloat16, sums in float32"""
    image, i0, j0 = _box(ct.bid(0), y, TH, TW)
    column, steps = ct.bid(1), ct.cdiv(x.shape[4], BK)
    pixels = _pixels(x, TN, TH, TW, BK)
    total = ct.zeros((TN * TH * TW, BN), dtype=ct.float32)
    for t in range(taps * steps):
        tap = t // steps
        k = t - tap * steps
        phase, i, j = _seen(tap, kw, sh, sw, dh, dw)
        at = (phase, image, i0 * TH + i, j0 * TW + j, k)
        left = pixels.load(at).reshape((TN * TH * TW, BK))
        total = ct.mma(left, _weights(w, tap, k, column, BK, BN), total)
    ct.store(y, (image, i0, j0, column), total.reshape((TN, TH, TW, BN)))


def convolve_split(x, x_low, w, w_low, y, taps, kw, sh, sw, dh, dw, TN, TH, TW, BN, BK):
    """The same with each factor as the sum of two bfloat16 numbers: three products of four"""
    image, i0, j0 = _box(ct.bid(0), y, TH, TW)
    column, steps = ct.bid(1), ct.cdiv(x.shape[4], BK)
    high, low = _pixels(x, TN, TH, TW, BK), _pixels(x_low, TN, TH, TW, BK)
    total = ct.zeros((TN * TH * TW, BN), dtype=ct.float32)
    for t in range(taps * steps):
        tap = t // steps
        k = t - tap * steps
        phase, i, j = _seen(tap, kw, sh, sw, dh, dw)
        at = (phase, image, i0 * TH + i, j0 * TW + j, k)
        left = high.load(at).reshape((TN * TH * TW, BK))
        right = _weights(w, tap, k, column, BK, BN)
        total = ct.mma(left, _weights(w_low, tap, k, column, BK, BN), total)
        total = ct.mma(low.load(at).reshape((TN * TH * TW, BK)), right, total)
        total = ct.mma(left, right, total)
    ct.store(y, (image, i0, j0, column), total.reshape((TN, TH, TW, BN)))


def weight_gradient(x, dy, parts, kw, sh, sw, dh, dw, boxes, TN, TH, TW, BN, BK):
    """parts (splits, taps, C, O): each the sum over ``boxes`` boxes of dy (N, OH, OW, O)

    A block makes BK channels and BN outputs of one tap.
    """
    steps = ct.cdiv(x.shape[4], BK)
    tap = ct.bid(0) // steps
    k = ct.bid(0) - tap * steps
    column, part = ct.bid(1), ct.bid(2)
    phase, i, j = _seen(tap, kw, sh, sw, dh, dw)
    pixels = _pixels(x, TN, TH, TW, BK)
    total = ct.zeros((BK, BN), dtype=ct.float32)
    for box in range(part * boxes, min(part * boxes + boxes, _boxes(dy, TN, TH, TW))):
        image, i0, j0 = _box(box, dy, TH, TW)
        left = pixels.load((phase, image, i0 * TH + i, j0 * TW + j, k))
        left = ct.transpose(left.reshape((TN * TH * TW, BK)))
        total = ct.mma(left, _gradients(dy, image, i0, j0, column, TN, TH, TW, BN), total)
    ct.store(parts, (part, tap, k, column), total.reshape((1, 1, BK, BN)))


def weight_gradient_split(
    x, x_low, dy, dy_low, parts, kw, sh, sw, dh, dw, boxes, TN, TH, TW, BN, BK
):
    """The same in three products of bfloat16 numbers"""
    steps = ct.cdiv(x.shape[4], BK)
    tap = ct.bid(0) // steps
    k = ct.bid(0) - tap * steps
    column, part = ct.bid(1), ct.bid(2)
    phase, i, j = _seen(tap, kw, sh, sw, dh, dw)
    high, low = _pixels(x, TN, TH, TW, BK), _pixels(x_low, TN, TH, TW, BK)
    total = ct.zeros((BK, BN), dtype=ct.float32)
    for box in range(part * boxes, min(part * boxes + boxes, _boxes(dy, TN, TH, TW))):
        image, i0, j0 = _box(box, dy, TH, TW)
        at = (phase, image, i0 * TH + i, j0 * TW + j, k)
        left = ct.transpose(high.load(at).reshape((TN * TH * TW, BK)))
        right = _gradients(dy, image, i0, j0, column, TN, TH, TW, BN)
        rest = _gradients(dy_low, image, i0, j0, column, TN, TH, TW, BN)
        total = ct.mma(left, rest, total)
        left_rest = ct.transpose(low.load(at).reshape((TN * TH * TW, BK)))
        total = ct.mma(left_rest, right, total)
        total = ct.mma(left, right, total)
    ct.store(parts, (part, tap, k, column), total.reshape((1, 1, BK, BN)))


def _pixels(x, TN, TH, TW, BK):
    """Boxes of x that start at any pixel."""
    return x.tiled_view(
        (1, TN, TH, TW, BK),
        padding_mode=ct.PaddingMode.ZERO,
        traversal_steps=(1, TN, 1, 1, BK),
    )


def _boxes(y, TN, TH, TW):
    """How many boxes of pixels y (N, OH, OW, O) has."""
    return ct.cdiv(y.shape[0], TN) * ct.cdiv(y.shape[1], TH) * ct.cdiv(y.shape[2], TW)


def _box(box, y, TH, TW):
    """The place of a box: along the images, the rows and the columns."""
    down, across = ct.cdiv(y.shape[1], TH), ct.cdiv(y.shape[2], TW)
    image = box // (down * across)
    rest = box - image * (down * across)
    i0 = rest // across
    return image, i0, rest - i0 * across


def _seen(tap, kw, sh, sw, dh, dw):
    """The phase in which a tap sees pixels, and how many rows and columns it moves there."""
    a = tap // kw
    b = (tap - a * kw) * dw
    a = a * dh
    i, j = a // sh, b // sw
    return (a - i * sh) * sw + b - j * sw, i, j


def _weights(w, tap, k, column, BK, BN):
    tile = ct.load(w, (tap, k, column), shape=(1, BK, BN), padding_mode=ct.PaddingMode.ZERO)
    return tile.reshape((BK, BN))


def _gradients(dy, image, i0, j0, column, TN, TH, TW, BN):
    tile = ct.load(
        dy, (image, i0, j0, column), shape=(TN, TH, TW, BN), padding_mode=ct.PaddingMode.ZERO
    )
    return tile.reshape((TN * TH * TW, BN))
