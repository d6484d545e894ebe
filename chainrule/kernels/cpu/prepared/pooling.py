"""Pooling: the maximum or the mean of windows, and of whole images. A piece is some lines."""

from __future__ import annotations

import numpy as np

from ..loops import part
from . import fields as f
from . import places

F = np.float32


@part
def pooling(s, piece, tables, memory):
    """Each line and each column of the output has (first, last, number to divide by) in the table,
    lines first; a window is cut to what lies in the image."""
    height, channels, mean = s[f.HEIGHT], s[f.CHANNELS], s[f.MEAN]
    for line in range(piece * s[f.CHUNK], min(s[f.LINES], (piece + 1) * s[f.CHUNK])):
        image, row = divmod(line, height)
        at = s[f.TABLE] + 3 * row
        top, bottom, high = tables[at], tables[at + 1], tables[at + 2]
        for column in range(s[f.WIDTH]):
            at = s[f.TABLE] + 3 * (height + column)
            left, right, wide = tables[at], tables[at + 1], tables[at + 2]
            at = places.out(s, image, row, column)
            y = memory[at : at + channels]
            y[:] = F(0) if mean else F(-np.inf)
            for r in range(top, bottom):
                for q in range(left, right):
                    at = places.source(s, image, r, q)
                    x = memory[at : at + channels]
                    if mean:
                        for c in range(y.size):
                            y[c] += x[c]
                    else:
                        for c in range(y.size):  # a NaN stays
                            y[c] = y[c] if x[c] <= y[c] or y[c] != y[c] else x[c]
            if mean:
                scale = F(1) / F(high * wide)
                for c in range(y.size):
                    y[c] *= scale
