"""The weights of a program in one array, each once, in the order in which the loops read them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..types import Array
from .values import LINE


class Packing:
    """Collects arrays, then is ``whole``. Places are numbers of float32."""

    def __init__(self) -> None:
        self._parts: list[Array] = []
        self._places: dict[object, int] = {}
        self._size = 0

    def place(self, key: object, make: Callable[[], Array]) -> int:
        """Where the array of this key begins; it is made if there is none yet."""
        if key not in self._places:
            part = np.ravel(make()).astype(np.float32, copy=False)
            self._places[key] = self._size
            self._parts.append(part)
            self._size += -(-part.size // LINE) * LINE
        return self._places[key]

    def whole(self) -> Array:
        """All of them."""
        size = sum(-(-part.size // LINE) * LINE for part in self._parts)
        whole, at = aligned(size), 0
        for part in self._parts:
            whole[at : at + part.size] = part
            at += -(-part.size // LINE) * LINE
        return whole


def aligned(size: int) -> Array:
    """So many zeros, float32, that begin with a cache line."""
    raw = np.zeros(size + LINE, np.float32)
    first = -raw.ctypes.data % (4 * LINE) // 4
    return raw[first : first + size]


def panels(w: Array, columns: int, lanes: int) -> Array:
    """W (…, k, n) in panels of ``columns`` columns, row after row, the last one filled up with
    zeros to whole vectors of ``lanes``: (…, k · padded(n))"""
    *batch, k, n = w.shape
    width = -(-n // lanes) * lanes
    packed = np.zeros((*batch, k * width), np.float32)
    for first in range(0, n, columns):
        part = w[..., first : first + columns]
        wide = -(-part.shape[-1] // lanes) * lanes
        panel = packed[..., k * first : k * (first + wide)].reshape(*batch, k, wide)
        panel[..., : part.shape[-1]] = part
    return packed


G_2 = np.array([[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]])
G_4 = np.array(
    [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
     [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]]
)  # fmt: skip


def winograd(w: Array, edge: int) -> Array:
    """G w Gᵀ of kernels w (3, 3, C, O) for tiles of ``edge`` pixels: (points, C, O). In float64, so
    that only its result is rounded."""
    g = G_4 if edge == 4 else G_2
    _, _, c, o = w.shape
    rows = (g @ w.reshape(3, -1).astype(np.float64)).reshape(len(g), 3, c * o)
    u: Array = np.matmul(g, rows).reshape(-1, c, o).astype(np.float32)
    return u
