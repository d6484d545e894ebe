"""What the operations of ``cuda.tile`` do, in NumPy: those that ``chainrule/kernels/gpu/tiles.py``
calls, under the same names. A kernel's own source runs on it, block by block.

It is stricter than a GPU: a tile that lies wholly outside its array, a box that is no power of two,
factors that are not bfloat16, and an element that two blocks write are errors here, where the
hardware would do something that nobody has promised.

Source: the documentation of cuTile Python 1.7, ``Array.tiled_view``, ``load``, ``store``, ``mma``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

float32, bfloat16, int32 = "float32", "bfloat16", "int32"
block = (0, 0, 0)


class PaddingMode:
    ZERO = "zero"


def bid(axis: int) -> int:
    return block[axis]


def cdiv(a: int, b: int) -> int:
    return -(-a // b)


class Tile(NamedTuple):
    """Numbers as float32, and the type that the hardware would hold them in."""

    numbers: Any
    dtype: str

    def reshape(self, shape: tuple[int, ...]) -> Tile:
        expect_powers(shape)
        return Tile(self.numbers.reshape(shape), self.dtype)


class Array:
    """Global memory: bfloat16 as its bits. ``written`` says which elements have been stored."""

    def __init__(self, memory: Any, dtype: str) -> None:
        assert memory.dtype == {float32: np.float32, bfloat16: np.uint16}[dtype]
        self.memory, self.dtype, self.shape = memory, dtype, memory.shape
        self.written = np.zeros(memory.shape, bool)

    def tiled_view(self, shape, *, padding_mode, traversal_steps):
        return View(self, shape, traversal_steps, padding_mode)


class View(NamedTuple):
    array: Array
    tile: tuple[int, ...]
    steps: tuple[int, ...]
    padding_mode: str

    def load(self, index: tuple[int, ...]) -> Tile:
        assert self.padding_mode == PaddingMode.ZERO
        inside, there = self._overlap(index)
        numbers = np.zeros(self.tile, np.float32)
        memory = self.array.memory[there]
        if self.array.dtype == bfloat16:
            memory = (memory.astype(np.uint32) << 16).view(np.float32)
        numbers[inside] = memory
        return Tile(numbers, self.array.dtype)

    def store(self, index: tuple[int, ...], tile: Tile) -> None:
        assert tile.dtype == self.array.dtype == float32
        inside, there = self._overlap(index)
        assert not self.array.written[there].any(), "two blocks write one element"
        self.array.memory[there] = tile.numbers[inside]
        self.array.written[there] = True

    def _overlap(self, index: tuple[int, ...]) -> tuple[Any, Any]:
        """The part of the tile that lies in the array, and where."""
        expect_powers(self.tile)
        assert len(index) == len(self.array.shape) == len(self.tile)
        starts = [at * step for at, step in zip(index, self.steps, strict=True)]
        for start, size in zip(starts, self.array.shape, strict=True):
            assert 0 <= start < size, f"a tile at {starts} of {self.array.shape}"
        stops = [
            min(start + length, size)
            for start, length, size in zip(starts, self.tile, self.array.shape, strict=True)
        ]
        there = tuple(slice(a, b) for a, b in zip(starts, stops, strict=True))
        return tuple(slice(0, b - a) for a, b in zip(starts, stops, strict=True)), there


def zeros(shape: tuple[int, ...], dtype: str) -> Tile:
    expect_powers(shape)
    return Tile(np.zeros(shape, np.float32), dtype)


def load(array: Array, index, shape, *, padding_mode) -> Tile:
    return View(array, shape, shape, padding_mode).load(index)


def store(array: Array, index, tile: Tile) -> None:
    shape = tile.numbers.shape
    View(array, shape, shape, PaddingMode.ZERO).store(index, tile)


def transpose(x: Tile) -> Tile:
    return Tile(x.numbers.T, x.dtype)


def mma(x: Tile, y: Tile, acc: Tile) -> Tile:
    """acc + x y: products of bfloat16 numbers are exact in float32, sums are rounded to it."""
    assert (x.dtype, y.dtype, acc.dtype) == (bfloat16, bfloat16, float32)
    assert acc.numbers.shape == (x.numbers.shape[0], y.numbers.shape[1])
    with np.errstate(invalid="ignore", over="ignore"):
        return Tile(acc.numbers + x.numbers @ y.numbers, float32)


def expect_powers(shape: Sequence[int]) -> None:
    assert all(n > 0 and n & (n - 1) == 0 for n in shape), shape


def run(kernel: Callable[..., None], grid: tuple[int, ...], arguments: Sequence[Any]) -> None:
    """The kernel in every block of the grid, last block first: no block may wait for another."""
    global block
    sizes = (*grid, 1, 1)[:3]
    assert sizes[0] < 2**31 and max(sizes[1:]) < 2**16, "more blocks than a grid can have"
    for each in reversed(list(itertools.product(*map(range, sizes)))):
        block = each
        kernel(*arguments)
