"""What is to be drawn, as plain shapes with their places."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

VALUE, GRADIENT, NAME, SYMBOL, TITLE = "value", "gradient", "name", "symbol", "title"
SIZE = {VALUE: 13.0, GRADIENT: 13.0, NAME: 15.0, SYMBOL: 14.0, TITLE: 16.0}
CAP = 0.75  # height of digits and capitals, in units of the font size


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class Label:
    """Text whose baseline's middle is at (x, y)."""

    text: str
    kind: str
    x: float
    y: float

    @property
    def box(self) -> Box:
        half, size = width(self.text, self.kind) / 2, SIZE[self.kind]
        return Box(self.x - half, self.y - CAP * size, self.x + half, self.y + 1)


@dataclass(frozen=True)
class Pill:
    """A gate: a circle, or longer where its symbol needs it."""

    box: Box
    label: Label


Point = tuple[float, float]


@dataclass(frozen=True)
class Wire:
    """Straight from ``start`` to ``bend``, in an S to ``straight``, straight to ``end``."""

    start: Point
    bend: Point
    straight: Point
    end: Point


@dataclass(frozen=True)
class Scene:
    width: float
    height: float
    wires: tuple[Wire, ...]
    forks: tuple[Point, ...]
    pills: tuple[Pill, ...]
    labels: tuple[Label, ...]
    arrow: Point


def width(text: str, kind: str) -> float:
    """About as wide as a wide sans-serif font sets it: an upper bound for most fonts."""
    return SIZE[kind] * sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or character in "mwMW@%":
        return 1.0
    if character in "ijl.,:;'|! ":
        return 0.37
    return 0.8 if character.isupper() or character in "+−=×÷" else 0.64
