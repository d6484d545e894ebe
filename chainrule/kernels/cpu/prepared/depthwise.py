"""A convolution of each channel by itself. A piece is some lines."""

from __future__ import annotations

import numpy as np

from .. import depthwise_registers as registers
from ..loops import part
from . import fields as f
from . import places
from .activations import activate

COLUMNS, LANES = registers.COLUMNS, registers.LANES


@part
def _table(s):
    """For each tap how many bytes after a pixel and after the weights its numbers begin."""
    kh, kw = s[f.KERNEL_HEIGHT], s[f.KERNEL_WIDTH]
    table = np.empty((kh * kw, 2), np.int64)
    for a in range(kh):
        for b in range(kw):
            first, pixel = places.source(s, 0, 0, 0), a * kw + b
            at = places.source(s, 0, a * s[f.DILATION_LINE], b * s[f.DILATION_PIXEL])
            table[pixel, 0], table[pixel, 1] = 4 * (at - first), 4 * pixel * s[f.CHANNELS]
    return table


@part
def _in_memory(y, bias, x, w, table, taps):
    for c in range(y.size):
        y[c] = bias[c]
    for tap in range(taps):
        one, two = x[table[tap, 0] // 4 :], w[table[tap, 1] // 4 :]
        for c in range(y.size):
            y[c] += one[c] * two[c]


@part
def _in_registers(y, bias, x, w, table, taps):
    if y.size % LANES:
        _in_memory(y, bias, x, w, table, taps)
        return
    for c in range(0, y.size, COLUMNS):
        registers.gather(
            min(COLUMNS, y.size - c) // LANES, bias[c:].ctypes.data, x[c:].ctypes.data,
            w[c:].ctypes.data, table.ctypes.data, taps, y[c:].ctypes.data,
        )  # fmt: skip


_sums = _in_registers if registers.available else _in_memory


@part
def depthwise(s, piece, weights, memory):
    channels = s[f.CHANNELS]
    bias = weights[s[f.BIAS] : s[f.BIAS] + channels]
    w = weights[s[f.WEIGHT] :]
    taps = s[f.KERNEL_HEIGHT] * s[f.KERNEL_WIDTH]
    table = _table(s)
    for line in range(piece * s[f.CHUNK], min(s[f.LINES], (piece + 1) * s[f.CHUNK])):
        image, row = divmod(line, s[f.HEIGHT])
        for column in range(s[f.WIDTH]):
            at = places.out(s, image, row, column)
            y = memory[at : at + channels]
            at = places.source(s, image, row * s[f.STRIDE_LINE], column * s[f.STRIDE_PIXEL])
            _sums(y, bias, memory[at:], w, table, taps)
            if s[f.ACTIVATION]:
                activate(s[f.ACTIVATION], weights[s[f.NUMBER]], y)
