"""What is done to every pixel by itself: sums, products, scales and shifts of channels, copies.

    copy · add · multiply by another value · scale each channel of an image · affine · PReLU

then an activation. The value may lie among others' channels (concatenation), and in a border of
zeros. A piece is some lines.
"""

from __future__ import annotations

from ..loops import part
from . import fields as f
from . import places
from .activations import activate

KINDS = ("copy", "add", "multiply", "scale_channels", "affine", "prelu")


@part
def pixels(s, piece, weights, memory):
    channels, kind, w = s[f.CHANNELS], s[f.KIND], s[f.WEIGHT]
    for line in range(piece * s[f.CHUNK], min(s[f.LINES], (piece + 1) * s[f.CHUNK])):
        image, row = divmod(line, s[f.HEIGHT])
        for column in range(s[f.WIDTH]):
            at, to = places.source(s, image, row, column), places.out(s, image, row, column)
            x, y = memory[at : at + channels], memory[to : to + channels]
            if kind == 0:
                for c in range(y.size):
                    y[c] = x[c]
            elif kind <= 3:
                at = places.other(s, image, row, column)
                z = memory[at : at + channels]
                if kind == 1:
                    for c in range(y.size):
                        y[c] = x[c] + z[c]
                else:
                    for c in range(y.size):
                        y[c] = x[c] * z[c]
            elif kind == 4:
                scale, shift = weights[w : w + channels], weights[w + channels : w + 2 * channels]
                for c in range(y.size):
                    y[c] = x[c] * scale[c] + shift[c]
            else:
                slope = weights[w : w + channels]
                for c in range(y.size):
                    y[c] = slope[c] * x[c] if x[c] < 0 else x[c]
            if s[f.ACTIVATION]:
                activate(s[f.ACTIVATION], weights[s[f.NUMBER]], y)
