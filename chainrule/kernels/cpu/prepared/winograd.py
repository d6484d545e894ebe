"""Winograd's convolution in three instructions: tiles of x, products of each point, y of the tiles.

The products of all points are one instruction of ``product``, with weights that were transformed
and packed beforehand. A piece of the others is some tiles.
"""

from __future__ import annotations

from ..loops import part
from . import fields as f
from . import places
from .activations import activate
from .blocks import finish
from .transforms import data_2, data_4, result_2, result_4, tile

_data_2, _data_4 = tile(4, data_2), tile(6, data_4)
_result_2, _result_4 = tile(4, result_2), tile(6, result_4)


@part
def tiles(s, piece, memory):
    """v (points, tiles, C) = Bᵀ d B of the pixels d under each tile"""
    count, c, edge = s[f.COUNT], s[f.CHANNELS], s[f.EDGE]
    line_step, pixel_step = 4 * s[f.SOURCE_LINE], 4 * s[f.SOURCE_PIXEL]
    step = 4 * count * c
    base = memory.ctypes.data
    for each in range(piece * s[f.CHUNK], min(count, (piece + 1) * s[f.CHUNK])):
        line, column = divmod(each, s[f.COLUMNS])
        image, row = divmod(line, s[f.LINES])
        x = base + 4 * places.source(s, image, edge * row, edge * column)
        v = base + 4 * (s[f.OUT] + each * c)
        if edge == 4:
            _data_4(x, line_step, pixel_step, v, 6 * step, step, c)
        else:
            _data_2(x, line_step, pixel_step, v, 4 * step, step, c)


@part
def result(s, piece, weights, memory, scratch):
    """y = min(max(Aᵀ m A + bias + other, low), high) of m (points, tiles, O)"""
    count, c, edge = s[f.COUNT], s[f.CHANNELS], s[f.EDGE]
    base, t = memory.ctypes.data, scratch.ctypes.data
    bias = weights.ctypes.data + 4 * s[f.BIAS]
    low, high = weights[s[f.BOUNDS]], weights[s[f.BOUNDS] + 1]
    step = 4 * count * c
    for each in range(piece * s[f.CHUNK], min(count, (piece + 1) * s[f.CHUNK])):
        line, column = divmod(each, s[f.COLUMNS])
        image, row = divmod(line, s[f.LINES])
        m = base + 4 * (s[f.SOURCE] + each * c)
        if edge == 4:
            _result_4(m, 6 * step, step, t, 16 * c, 4 * c, c)
        else:
            _result_2(m, 4 * step, step, t, 8 * c, 4 * c, c)
        for i in range(min(edge, s[f.HEIGHT] - edge * row)):
            for j in range(min(edge, s[f.WIDTH] - edge * column)):
                r, q = edge * row + i, edge * column + j
                out = places.out(s, image, r, q)
                other = 0
                if s[f.OTHER] >= 0:
                    other = base + 4 * places.other(s, image, r, q)
                finish(t + 4 * c * (edge * i + j), bias, other, base + 4 * out, c, low, high)
                if s[f.ACTIVATION]:
                    activate(s[f.ACTIVATION], weights[s[f.NUMBER]], memory[out : out + c])
