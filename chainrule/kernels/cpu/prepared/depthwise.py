"""A convolution of each channel by itself. A piece is some lines."""

from __future__ import annotations

from ..loops import part
from . import fields as f
from . import places
from .activations import activate


@part
def depthwise(s, piece, weights, memory):
    channels, kw = s[f.CHANNELS], s[f.KERNEL_WIDTH]
    bias = weights[s[f.BIAS] : s[f.BIAS] + channels]
    for line in range(piece * s[f.CHUNK], min(s[f.LINES], (piece + 1) * s[f.CHUNK])):
        image, row = divmod(line, s[f.HEIGHT])
        for column in range(s[f.WIDTH]):
            at = places.out(s, image, row, column)
            y = memory[at : at + channels]
            for c in range(y.size):
                y[c] = bias[c]
            for a in range(s[f.KERNEL_HEIGHT]):
                for b in range(kw):
                    r = row * s[f.STRIDE_LINE] + a * s[f.DILATION_LINE]
                    q = column * s[f.STRIDE_PIXEL] + b * s[f.DILATION_PIXEL]
                    at = places.source(s, image, r, q)
                    x = memory[at : at + channels]
                    at = s[f.WEIGHT] + (a * kw + b) * channels
                    w = weights[at : at + channels]
                    for c in range(y.size):
                        y[c] += x[c] * w[c]
            if s[f.ACTIVATION]:
                activate(s[f.ACTIVATION], weights[s[f.NUMBER]], y)
