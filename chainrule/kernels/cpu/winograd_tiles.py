"""The six transforms of Winograd's convolution as loops over the channels; see ``conv_winograd``.

Each is the same small matrix applied to the rows of a tile, then to its columns. Channels lie
next to each other, so every number of a tile is a row of C numbers, and every step of a transform
adds and scales a few such rows: the compiler turns that into vector instructions.

Tiles are counted through all images line by line: tile t is column t mod TW of line t / TW.
"""

from __future__ import annotations

import numpy as np

from .loops import Loop, inline

_2, _4, _5, _8 = np.float32(2), np.float32(4), np.float32(5), np.float32(8)
_1_6, _1_12, _1_24 = np.float32(1 / 6), np.float32(1 / 12), np.float32(1 / 24)
_1_4 = np.float32(1 / 4)


@inline
def _data(d0, d1, d2, d3, d4, d5, v0, v1, v2, v3, v4, v5):
    """v = Bᵀ d: six numbers seen from the points 0, 1, -1, 2, -2 and infinity."""
    for c in range(d0.size):
        a, b = d4[c] - _4 * d2[c], d3[c] - _4 * d1[c]
        e, f = d4[c] - d2[c], _2 * (d3[c] - d1[c])
        first = _4 * d0[c] - _5 * d2[c] + d4[c]
        last = _4 * d1[c] - _5 * d3[c] + d5[c]
        v0[c] = first
        v1[c] = a + b
        v2[c] = a - b
        v3[c] = e + f
        v4[c] = e - f
        v5[c] = last


@inline
def _result(m0, m1, m2, m3, m4, m5, y0, y1, y2, y3):
    """y = Aᵀ m: the values at the six points back to four outputs."""
    for c in range(m0.size):
        a, b = m1[c] + m2[c], m1[c] - m2[c]
        e, f = m3[c] + m4[c], m3[c] - m4[c]
        last = m5[c]
        y0[c] = m0[c] + a + e
        y1[c] = b + _2 * f
        y2[c] = a + _4 * e
        y3[c] = b + _8 * f + last


@inline
def _result_transposed(y0, y1, y2, y3, m0, m1, m2, m3, m4, m5):
    """m = A y, the transpose of ``_result``: for the gradient of four outputs."""
    for c in range(y0.size):
        a, b = y0[c] + y2[c], y1[c] + y3[c]
        e, f = y0[c] + _4 * y2[c], _2 * y1[c] + _8 * y3[c]
        first, last = y0[c], y3[c]
        m0[c] = first
        m1[c] = a + b
        m2[c] = a - b
        m3[c] = e + f
        m4[c] = e - f
        m5[c] = last


@inline
def _weight(w0, w1, w2, u0, u1, u2, u3, u4, u5):
    """u = G w"""
    for c in range(w0.size):
        a, b = -_1_6 * (w0[c] + w2[c]), -_1_6 * w1[c]
        e, f = _1_24 * w0[c] + _1_6 * w2[c], _1_12 * w1[c]
        first, last = _1_4 * w0[c], w2[c]
        u0[c] = first
        u1[c] = a + b
        u2[c] = a - b
        u3[c] = e + f
        u4[c] = e - f
        u5[c] = last


@inline
def _weight_transposed(u0, u1, u2, u3, u4, u5, w0, w1, w2):
    """w = Gᵀ u"""
    for c in range(u0.size):
        a, b = u1[c] + u2[c], u1[c] - u2[c]
        e, f = u3[c] + u4[c], u3[c] - u4[c]
        first, last = u0[c], u5[c]
        w0[c] = _1_4 * first - _1_6 * a + _1_24 * e
        w1[c] = -_1_6 * b + _1_12 * f
        w2[c] = -_1_6 * a + _1_6 * e + last


@Loop
def data_tiles(x, first, th, tw, top, left, lines, zeros, at, tiles, v):
    """v[:, at + t] = Bᵀ d B for the 6x6 pixels d of x (N, H, W·C) under tile first + t.

    The tiles of a line overlap, so the line is transformed as one, then its tiles apart.
    ``lines`` (6, ≥ (4 TW + 2) C) is scratch, ``zeros`` (≥ W C,) a line outside the image.
    """
    _, h, length = x.shape
    size = v.shape[2]
    t = 0
    while t < tiles:
        line, j = divmod(first + t, tw)
        image, i = divmod(line, th)
        count = min(tw - j, tiles - t)
        start = (4 * j - left) * size  # the numbers of a line that the tiles see
        stop = start + (4 * count + 2) * size
        low = min(max(0, start), stop)
        high = max(low, min(length, stop))
        d, r = x[image], 4 * i - top
        d0 = d[r, low:high] if 0 <= r < h else zeros[low:high]
        d1 = d[r + 1, low:high] if 0 <= r + 1 < h else zeros[low:high]
        d2 = d[r + 2, low:high] if 0 <= r + 2 < h else zeros[low:high]
        d3 = d[r + 3, low:high] if 0 <= r + 3 < h else zeros[low:high]
        d4 = d[r + 4, low:high] if 0 <= r + 4 < h else zeros[low:high]
        d5 = d[r + 5, low:high] if 0 <= r + 5 < h else zeros[low:high]
        a, b = low - start, high - start
        _data(
            d0, d1, d2, d3, d4, d5,
            lines[0, a:b], lines[1, a:b], lines[2, a:b],
            lines[3, a:b], lines[4, a:b], lines[5, a:b],
        )  # fmt: skip
        lines[:, :a] = 0
        lines[:, b : stop - start] = 0
        for a in range(6):
            s = lines[a]
            for k in range(count):
                b, p = 4 * k * size, at + t + k
                _data(
                    s[b : b + size], s[b + size : b + 2 * size], s[b + 2 * size : b + 3 * size],
                    s[b + 3 * size : b + 4 * size], s[b + 4 * size : b + 5 * size],
                    s[b + 5 * size : b + 6 * size],
                    v[6 * a, p], v[6 * a + 1, p], v[6 * a + 2, p],
                    v[6 * a + 3, p], v[6 * a + 4, p], v[6 * a + 5, p],
                )  # fmt: skip
        t += count


@Loop
def result_tiles(m, first, th, tw, half, edge, y):
    """Four by four pixels of y (N, OH, OW, O) under tile first + t: Aᵀ m[:, t] A

    ``half`` (4, 6, O) and ``edge`` (4, O) are scratch; what lies outside y is dropped.
    """
    oh = y.shape[1]
    for t in range(m.shape[1]):
        line, j = divmod(first + t, tw)
        image, i = divmod(line, th)
        for b in range(6):
            _result(
                m[b, t], m[6 + b, t], m[12 + b, t], m[18 + b, t], m[24 + b, t], m[30 + b, t],
                half[0, b], half[1, b], half[2, b], half[3, b],
            )  # fmt: skip
        for r in range(min(4, oh - 4 * i)):
            s = half[r]
            out = y[image, 4 * i + r, 4 * j : 4 * j + 4]
            if len(out) == 4:
                _result(s[0], s[1], s[2], s[3], s[4], s[5], out[0], out[1], out[2], out[3])
            else:
                _result(s[0], s[1], s[2], s[3], s[4], s[5], edge[0], edge[1], edge[2], edge[3])
                out[:] = edge[: len(out)]


@Loop
def gradient_tiles(dy, first, th, tw, lines, zeros, at, tiles, m):
    """m[:, at + t] = A dy Aᵀ for the 4x4 pixels of dy (N, OH, OW·O) under tile first + t.

    As ``data_tiles``; ``lines`` (6, ≥ 4 TW O) · ``zeros`` (≥ OW O,)
    """
    _, oh, length = dy.shape
    size = m.shape[2]
    t = 0
    while t < tiles:
        line, j = divmod(first + t, tw)
        image, i = divmod(line, th)
        count = min(tw - j, tiles - t)
        start = 4 * j * size
        stop = start + 4 * count * size
        high = min(length, stop)
        d, r = dy[image], 4 * i
        d0 = d[r, start:high]
        d1 = d[r + 1, start:high] if r + 1 < oh else zeros[start:high]
        d2 = d[r + 2, start:high] if r + 2 < oh else zeros[start:high]
        d3 = d[r + 3, start:high] if r + 3 < oh else zeros[start:high]
        b = high - start
        _result_transposed(
            d0, d1, d2, d3,
            lines[0, :b], lines[1, :b], lines[2, :b], lines[3, :b], lines[4, :b], lines[5, :b],
        )  # fmt: skip
        lines[:, b : stop - start] = 0
        for a in range(6):
            s = lines[a]
            for k in range(count):
                b, p = 4 * k * size, at + t + k
                _result_transposed(
                    s[b : b + size], s[b + size : b + 2 * size], s[b + 2 * size : b + 3 * size],
                    s[b + 3 * size : b + 4 * size],
                    m[6 * a, p], m[6 * a + 1, p], m[6 * a + 2, p],
                    m[6 * a + 3, p], m[6 * a + 4, p], m[6 * a + 5, p],
                )  # fmt: skip
        t += count


@Loop
def weight_tiles(w, rotated, start, stop, half, u):
    """u (6, 6, P) = G w Gᵀ for the pairs of channels start … stop: w (3, 3, P) · half (6, 3, …)

    ``rotated`` takes w turned by 180°.
    """
    size = stop - start
    first, last = (2, 0) if rotated else (0, 2)
    for b in range(3):
        column = 2 - b if rotated else b
        _weight(
            w[first, column, start:stop], w[1, column, start:stop], w[last, column, start:stop],
            half[0, b, :size], half[1, b, :size], half[2, b, :size],
            half[3, b, :size], half[4, b, :size], half[5, b, :size],
        )  # fmt: skip
    for a in range(6):
        _weight(
            half[a, 0, :size], half[a, 1, :size], half[a, 2, :size],
            u[a, 0, start:stop], u[a, 1, start:stop], u[a, 2, start:stop],
            u[a, 3, start:stop], u[a, 4, start:stop], u[a, 5, start:stop],
        )  # fmt: skip


@Loop
def weight_gradient(u, start, stop, half, w):
    """w (3, 3, P) = Gᵀ u G for the pairs of channels start … stop: u (6, 6, P) · half (3, 6, …)"""
    size = stop - start
    for b in range(6):
        _weight_transposed(
            u[0, b, start:stop], u[1, b, start:stop], u[2, b, start:stop],
            u[3, b, start:stop], u[4, b, start:stop], u[5, b, start:stop],
            half[0, b, :size], half[1, b, :size], half[2, b, :size],
        )  # fmt: skip
    for a in range(3):
        _weight_transposed(
            half[a, 0, :size], half[a, 1, :size], half[a, 2, :size],
            half[a, 3, :size], half[a, 4, :size], half[a, 5, :size],
            w[a, 0, start:stop], w[a, 1, start:stop], w[a, 2, start:stop],
        )  # fmt: skip
