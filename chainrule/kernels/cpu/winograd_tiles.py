"""The six transforms of Winograd's convolution as loops over the channels; see ``conv_winograd``.

Each is the same small matrix applied to the rows of a tile, then to its columns. Channels lie
next to each other, so every number of a tile is a row of C numbers, and every step of a transform
adds and scales a few such rows: the compiler turns that into vector instructions. At the points
p and -p a polynomial is its even part plus and minus its odd part, which is why these are shared:
``even_1`` is that of the points 1 and -1, ``odd_2`` that of 2 and -2.

Tiles are counted through all images line by line: tile t is column t mod TW of line t / TW.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .loops import Loop, inline

_2, _4, _5, _8 = np.float32(2), np.float32(4), np.float32(5), np.float32(8)
_1_6, _1_12, _1_24 = np.float32(1 / 6), np.float32(1 / 12), np.float32(1 / 24)
_1_4 = np.float32(1 / 4)


class Tiling(NamedTuple):
    """An image's tiles, ``rows`` times ``columns``, and the padding before its first pixel."""

    rows: int
    columns: int
    top: int = 0
    left: int = 0


@inline
def _data(d0, d1, d2, d3, d4, d5, v0, v1, v2, v3, v4, v5):
    """v = Bᵀ d: six numbers seen from the points 0, 1, -1, 2, -2 and infinity."""
    for c in range(d0.size):
        even_1, odd_1 = d4[c] - _4 * d2[c], d3[c] - _4 * d1[c]
        even_2, odd_2 = d4[c] - d2[c], _2 * (d3[c] - d1[c])
        first = _4 * d0[c] - _5 * d2[c] + d4[c]
        last = _4 * d1[c] - _5 * d3[c] + d5[c]
        v0[c] = first
        v1[c] = even_1 + odd_1
        v2[c] = even_1 - odd_1
        v3[c] = even_2 + odd_2
        v4[c] = even_2 - odd_2
        v5[c] = last


@inline
def _result(m0, m1, m2, m3, m4, m5, y0, y1, y2, y3):
    """y = Aᵀ m: the values at the six points back to four outputs."""
    for c in range(y0.size):
        even_1, odd_1 = m1[c] + m2[c], m1[c] - m2[c]
        even_2, odd_2 = m3[c] + m4[c], m3[c] - m4[c]
        last = m5[c]
        y0[c] = m0[c] + even_1 + even_2
        y1[c] = odd_1 + _2 * odd_2
        y2[c] = even_1 + _4 * even_2
        y3[c] = odd_1 + _8 * odd_2 + last


@inline
def _result_transposed(y0, y1, y2, y3, m0, m1, m2, m3, m4, m5):
    """m = A y, the transpose of ``_result``: for the gradient of four outputs."""
    for c in range(y0.size):
        even_1, odd_1 = y0[c] + y2[c], y1[c] + y3[c]
        even_2, odd_2 = y0[c] + _4 * y2[c], _2 * y1[c] + _8 * y3[c]
        first, last = y0[c], y3[c]
        m0[c] = first
        m1[c] = even_1 + odd_1
        m2[c] = even_1 - odd_1
        m3[c] = even_2 + odd_2
        m4[c] = even_2 - odd_2
        m5[c] = last


@inline
def _weight(w0, w1, w2, u0, u1, u2, u3, u4, u5):
    """u = G w"""
    for c in range(w0.size):
        even_1, odd_1 = -_1_6 * (w0[c] + w2[c]), -_1_6 * w1[c]
        even_2, odd_2 = _1_24 * w0[c] + _1_6 * w2[c], _1_12 * w1[c]
        first, last = _1_4 * w0[c], w2[c]
        u0[c] = first
        u1[c] = even_1 + odd_1
        u2[c] = even_1 - odd_1
        u3[c] = even_2 + odd_2
        u4[c] = even_2 - odd_2
        u5[c] = last


@inline
def _weight_transposed(u0, u1, u2, u3, u4, u5, w0, w1, w2):
    """w = Gᵀ u"""
    for c in range(u0.size):
        even_1, odd_1 = u1[c] + u2[c], u1[c] - u2[c]
        even_2, odd_2 = u3[c] + u4[c], u3[c] - u4[c]
        first, last = u0[c], u5[c]
        w0[c] = _1_4 * first - _1_6 * even_1 + _1_24 * even_2
        w1[c] = -_1_6 * odd_1 + _1_12 * odd_2
        w2[c] = -_1_6 * even_1 + _1_6 * even_2 + last


@Loop
def data_tiles(x, tiling, first, count, offset, strips, zeros, v):
    """v[:, offset + t] = Bᵀ d B for the 6x6 pixels d of x (N, H, W·C) under tile first + t < count.

    The tiles of a line overlap, so Bᵀ d is made for the line as one, in ``strips``
    (6, ≥ (4 TW + 2) C), and then B for each tile. ``zeros`` (≥ W C,) is a line outside the image.
    """
    _, height, length = x.shape
    channels = v.shape[2]
    done = 0
    while done < count:
        line, column = divmod(first + done, tiling.columns)
        image, row = divmod(line, tiling.rows)
        tiles = min(tiling.columns - column, count - done)
        start = (4 * column - tiling.left) * channels  # the numbers of a line that the tiles see
        stop = start + (4 * tiles + 2) * channels
        low = min(max(0, start), stop)  # of them, those in the image
        high = max(low, min(length, stop))
        pixels, r = x[image], 4 * row - tiling.top
        d0 = pixels[r, low:high] if 0 <= r < height else zeros[low:high]
        d1 = pixels[r + 1, low:high] if 0 <= r + 1 < height else zeros[low:high]
        d2 = pixels[r + 2, low:high] if 0 <= r + 2 < height else zeros[low:high]
        d3 = pixels[r + 3, low:high] if 0 <= r + 3 < height else zeros[low:high]
        d4 = pixels[r + 4, low:high] if 0 <= r + 4 < height else zeros[low:high]
        d5 = pixels[r + 5, low:high] if 0 <= r + 5 < height else zeros[low:high]
        begin, end = low - start, high - start
        _data(
            d0, d1, d2, d3, d4, d5,
            strips[0, begin:end], strips[1, begin:end], strips[2, begin:end],
            strips[3, begin:end], strips[4, begin:end], strips[5, begin:end],
        )  # fmt: skip
        strips[:, :begin] = 0
        strips[:, end : stop - start] = 0
        for i in range(6):
            strip = strips[i]
            for t in range(tiles):
                at, tile = 4 * t * channels, offset + done + t
                _data(
                    strip[at : at + channels],
                    strip[at + channels : at + 2 * channels],
                    strip[at + 2 * channels : at + 3 * channels],
                    strip[at + 3 * channels : at + 4 * channels],
                    strip[at + 4 * channels : at + 5 * channels],
                    strip[at + 5 * channels : at + 6 * channels],
                    v[6 * i, tile], v[6 * i + 1, tile], v[6 * i + 2, tile],
                    v[6 * i + 3, tile], v[6 * i + 4, tile], v[6 * i + 5, tile],
                )  # fmt: skip
        done += tiles


@Loop
def result_tiles(m, tiling, first, half, edge, y):
    """Four by four pixels of y (N, OH, OW, O) under tile first + t: Aᵀ m[:, t] A

    ``half`` (4, 6, O), for Aᵀ m, and ``edge`` (4, O) are scratch; what lies outside y is dropped.
    Rows of m may be longer than those of y, and half's and edge's as long as m's.
    """
    height, outputs = y.shape[1], y.shape[3]
    for t in range(m.shape[1]):
        line, column = divmod(first + t, tiling.columns)
        image, row = divmod(line, tiling.rows)
        for j in range(6):
            _result(
                m[j, t], m[6 + j, t], m[12 + j, t], m[18 + j, t], m[24 + j, t], m[30 + j, t],
                half[0, j], half[1, j], half[2, j], half[3, j],
            )  # fmt: skip
        for i in range(min(4, height - 4 * row)):
            s = half[i]
            out = y[image, 4 * row + i, 4 * column : 4 * column + 4]
            if len(out) == 4:
                _result(s[0], s[1], s[2], s[3], s[4], s[5], out[0], out[1], out[2], out[3])
            else:
                _result(s[0], s[1], s[2], s[3], s[4], s[5], edge[0], edge[1], edge[2], edge[3])
                out[:] = edge[: len(out), :outputs]


@Loop
def gradient_tiles(dy, tiling, first, count, offset, strips, zeros, m):
    """m[:, offset + t] = A dy Aᵀ for the 4x4 pixels of dy (N, OH, OW·O) under tile first + t.

    As ``data_tiles``; ``strips`` (6, ≥ 4 TW O) · ``zeros`` (≥ OW O,)
    """
    _, height, length = dy.shape
    channels = m.shape[2]
    done = 0
    while done < count:
        line, column = divmod(first + done, tiling.columns)
        image, row = divmod(line, tiling.rows)
        tiles = min(tiling.columns - column, count - done)
        start = 4 * column * channels
        stop = start + 4 * tiles * channels
        high = min(length, stop)
        pixels, r = dy[image], 4 * row
        y0 = pixels[r, start:high]
        y1 = pixels[r + 1, start:high] if r + 1 < height else zeros[start:high]
        y2 = pixels[r + 2, start:high] if r + 2 < height else zeros[start:high]
        y3 = pixels[r + 3, start:high] if r + 3 < height else zeros[start:high]
        end = high - start
        _result_transposed(
            y0, y1, y2, y3,
            strips[0, :end], strips[1, :end], strips[2, :end],
            strips[3, :end], strips[4, :end], strips[5, :end],
        )  # fmt: skip
        strips[:, end : stop - start] = 0
        for i in range(6):
            strip = strips[i]
            for t in range(tiles):
                at, tile = 4 * t * channels, offset + done + t
                _result_transposed(
                    strip[at : at + channels],
                    strip[at + channels : at + 2 * channels],
                    strip[at + 2 * channels : at + 3 * channels],
                    strip[at + 3 * channels : at + 4 * channels],
                    m[6 * i, tile], m[6 * i + 1, tile], m[6 * i + 2, tile],
                    m[6 * i + 3, tile], m[6 * i + 4, tile], m[6 * i + 5, tile],
                )  # fmt: skip
        done += tiles


@Loop
def weight_tiles(w, rotated, start, stop, half, u):
    """u (6, 6, P) = G w Gᵀ for the pairs of channels start … stop: w (3, 3, P) · half (6, 3, …)

    ``rotated`` takes w turned by 180°.
    """
    size = stop - start
    first, last = (2, 0) if rotated else (0, 2)
    for j in range(3):
        column = 2 - j if rotated else j
        _weight(
            w[first, column, start:stop], w[1, column, start:stop], w[last, column, start:stop],
            half[0, j, :size], half[1, j, :size], half[2, j, :size],
            half[3, j, :size], half[4, j, :size], half[5, j, :size],
        )  # fmt: skip
    for i in range(6):
        _weight(
            half[i, 0, :size], half[i, 1, :size], half[i, 2, :size],
            u[i, 0, start:stop], u[i, 1, start:stop], u[i, 2, start:stop],
            u[i, 3, start:stop], u[i, 4, start:stop], u[i, 5, start:stop],
        )  # fmt: skip


@Loop
def weight_gradient(u, start, stop, half, w):
    """w (3, 3, P) = Gᵀ u G for the pairs of channels start … stop: u (6, 6, P) · half (3, 6, …)"""
    size = stop - start
    for j in range(6):
        _weight_transposed(
            u[0, j, start:stop], u[1, j, start:stop], u[2, j, start:stop],
            u[3, j, start:stop], u[4, j, start:stop], u[5, j, start:stop],
            half[0, j, :size], half[1, j, :size], half[2, j, :size],
        )  # fmt: skip
    for i in range(3):
        _weight_transposed(
            half[i, 0, :size], half[i, 1, :size], half[i, 2, :size],
            half[i, 3, :size], half[i, 4, :size], half[i, 5, :size],
            w[i, 0, start:stop], w[i, 1, start:stop], w[i, 2, start:stop],
        )  # fmt: skip
