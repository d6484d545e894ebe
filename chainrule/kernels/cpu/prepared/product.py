"""Products of matrices whose left rows are windows of an image, with all that follows them.

    y[r, :] = min(max(Σ_taps x[r, tap] W[tap] + bias + other[r, :], low), high)

A linear layer has one tap, a 3x3 convolution three, each a run of 3 · C neighboring numbers. The
places of windows, outputs and the other summand are read from tables. ``batches`` such products,
one after the other in memory, are one instruction.

A piece is some rows by one panel of columns. The sums of a piece stay in a thread's scratch, and
the panel of W is walked through in runs that the first cache holds.
"""

from __future__ import annotations

from ..loops import part
from . import fields as f
from .activations import activate
from .blocks import COLUMNS, LANES, finish, rows

DEPTH = 128  # numbers of a run that are multiplied at a time: with 64 columns 32 KB of W


@part
def product(s, piece, tables, weights, memory, scratch):
    """A piece is SPAN units that follow each other: batches, panels in them, rows in these."""
    units = s[f.BATCHES] * s[f.PANELS] * s[f.CHUNKS]
    for unit in range(piece * s[f.SPAN], min(units, (piece + 1) * s[f.SPAN])):
        batch, rest = divmod(unit, s[f.CHUNKS] * s[f.PANELS])
        panel, chunk = divmod(rest, s[f.CHUNKS])
        _unit(s, batch, panel, chunk, tables, weights, memory, scratch)


@part
def _unit(s, batch, panel, chunk, tables, weights, memory, scratch):
    first_row, first = chunk * s[f.CHUNK], panel * COLUMNS
    size = min(s[f.CHUNK], s[f.COUNT] - first_row)
    columns = min(COLUMNS, s[f.OUTPUTS] - first)
    vectors = -(-columns // LANES)
    run = s[f.RUN]
    b = weights.ctypes.data + 4 * (s[f.WEIGHT] + batch * s[f.WEIGHT_STEP] + first * s[f.DEPTH])
    x = memory.ctypes.data + 4 * (s[f.SOURCE] + batch * s[f.SOURCE_STEP])
    places = tables.ctypes.data + 8 * (s[f.ROW_TABLE] + first_row)
    out = memory.ctypes.data + 4 * (s[f.OUT] + batch * s[f.OUT_STEP] + first)
    if s[f.PLAIN]:
        t, t_step = out + 4 * first_row * s[f.OUTPUTS], 4 * s[f.OUTPUTS]
    else:
        t, t_step = scratch.ctypes.data, 4 * COLUMNS
    cut = -(-run // -(-run // DEPTH))
    more = 0
    for tap in range(s[f.TAPS]):
        start = x + tables[s[f.TAP_TABLE] + tap]
        for k in range(0, run, cut):
            length = min(cut, run - k)
            rows(vectors, start + 4 * k, places, b, t, t_step, size, length, more)
            b += 4 * LANES * vectors * length
            more = 1
    if s[f.PLAIN]:
        return
    bias = weights.ctypes.data + 4 * (s[f.BIAS] + first)
    low, high = weights[s[f.BOUNDS]], weights[s[f.BOUNDS] + 1]
    other = memory.ctypes.data + 4 * (s[f.OTHER] + first)
    for i in range(size):
        r = first_row + i
        place = tables[s[f.OUT_TABLE] + r]
        there = 0 if s[f.OTHER_TABLE] < 0 else other + 4 * tables[s[f.OTHER_TABLE] + r]
        finish(t + t_step * i, bias, there, out + 4 * place, columns, low, high)
        if s[f.ACTIVATION]:
            at = s[f.OUT] + batch * s[f.OUT_STEP] + first + place
            activate(s[f.ACTIVATION], weights[s[f.NUMBER]], memory[at : at + columns])
