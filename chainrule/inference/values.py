"""Where the values of a program lie in its one array, and the zeros around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..types import Array, Shape

LINE = 16  # float32 numbers of a cache line: values begin with one


class Border(NamedTuple):
    """Lines and columns of zeros around an image, which the windows of a convolution see."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def beside(self, other: Border) -> Border:
        """One that is wide enough for both."""
        return Border(*map(max, self, other))


@dataclass(frozen=True)
class Value:
    """Images (N, H, W, C), features as (N, 1, 1, F), that begin at ``at`` behind their border."""

    shape: Shape
    border: Border
    at: int

    @property
    def pixel(self) -> int:
        """Numbers from a pixel to the next."""
        return self.shape[2]

    @property
    def line(self) -> int:
        """Numbers from a line to the next."""
        return (self.shape[1] + self.border.left + self.border.right) * self.pixel

    @property
    def image(self) -> int:
        """Numbers from an image to the next."""
        return (self.shape[0] + self.border.top + self.border.bottom) * self.line

    @property
    def first(self) -> int:
        """The place of the first pixel of the first image."""
        return self.at + self.border.top * self.line + self.border.left * self.pixel

    def strides(self, name: str) -> dict[str, int]:
        """An instruction's fields of this value as its "source", "other" or "out"."""
        return {
            name: self.first,
            f"{name}_image": self.image,
            f"{name}_line": self.line,
            f"{name}_pixel": self.pixel,
        }

    def view(self, memory: Array, count: int) -> Array:
        """The value itself, (N, H, W, C), in the array of a run."""
        steps = tuple(4 * step for step in (self.image, self.line, self.pixel, 1))
        return np.lib.stride_tricks.as_strided(memory[self.first :], (count, *self.shape), steps)


def as_image(shape: Shape) -> Shape:
    """Features (F,) as (1, 1, F)."""
    return shape if len(shape) == 3 else (1, 1, *shape)


class Places:
    """Hands out places in the array. One is handed out again after the last who reads it, to a
    value of the same shape and border only: so borders are never written, and stay zero."""

    def __init__(self, count: int) -> None:
        self.count, self.size = count, 0
        self._free: dict[tuple[Shape, Border], list[int]] = {}
        self._rooms: list[tuple[int, int]] = []  # (size, place)
        self._taken: list[tuple[int, int]] = []

    def value(self, shape: Shape, border: Border) -> Value:
        """A place for ``count`` images."""
        free = self._free.get((shape, border))
        if free:
            return Value(shape, border, free.pop())
        made = Value(shape, border, self.size)
        self._add(self.count * made.image)
        return made

    def room(self, size: int) -> int:
        """So many numbers that one node needs, until `free_rooms`."""
        fitting = sorted(room for room in self._rooms if room[0] >= size)
        room = fitting[0] if fitting else (size, self._add(size))
        if fitting:
            self._rooms.remove(room)
        self._taken.append(room)
        return room[1]

    def free_rooms(self) -> None:
        self._rooms += self._taken
        self._taken.clear()

    def _add(self, size: int) -> int:
        at = self.size
        self.size += -(-size // LINE) * LINE
        return at

    def give_back(self, value: Value) -> None:
        self._free.setdefault((value.shape, value.border), []).append(value.at)


def last_reads(reads: Sequence[Sequence[str]], aliases: Mapping[str, str]) -> dict[str, int]:
    """The number of the last that reads each value, by its own name and not by an alias."""
    last: dict[str, int] = {}
    for number, names in enumerate(reads):
        for name in names:
            last[aliases.get(name, name)] = number
    return last
