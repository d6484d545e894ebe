"""The shapes of a drawing with their places, and the SVG document that they make."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..value import Value

VALUE, GRADIENT, NAME, SYMBOL, TITLE = "value", "gradient", "name", "symbol", "title"
SIZE = {VALUE: 13.0, GRADIENT: 13.0, NAME: 15.0, SYMBOL: 14.0, TITLE: 16.0}
CAP = 0.75  # height of digits and capitals, in units of the font size

# The drawing brings its own paper, so that it reads the same on a light and on a dark page.
PAPER, EDGE, INK, WIRE, FACE = "#ffffff", "#d9dee5", "#111827", "#64748b", "#f4f6f9"
COLOR = {VALUE: "#15803d", GRADIENT: "#c01f1f", NAME: INK, SYMBOL: INK, TITLE: INK}
FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
SUBSCRIPT = re.compile(r"([^\W\d_]+)_?(\d+)")


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
    """Text whose baseline's middle is at (x, y).

    ``of`` is the value that it is about. ``port`` is the number of the gate's input along which a
    gradient goes back, where that is one of several that are summed.
    """

    text: str
    kind: str
    x: float
    y: float
    of: Value | None = None
    port: int | None = None

    @property
    def box(self) -> Box:
        half, size = width(self.text, self.kind) / 2, SIZE[self.kind]
        return Box(self.x - half, self.y - CAP * size, self.x + half, self.y + 1)


@dataclass(frozen=True)
class Pill:
    """A gate: a circle, or longer where its symbol needs it."""

    box: Box
    label: Label
    of: Value | None = None


Point = tuple[float, float]


@dataclass(frozen=True)
class Wire:
    """Straight from ``start`` to ``bend``, in an S to ``straight``, straight to ``end``: a wire
    with the value ``of``."""

    start: Point
    bend: Point
    straight: Point
    end: Point
    of: Value | None = None


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


def render(scene: Scene, description: str) -> str:
    """The document. Equal scenes give equal text."""
    width, height = _n(scene.width), _n(scene.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{FONT}">',
        f"<title>{escape(description)}</title>",
        f'<rect x="0.5" y="0.5" width="{_n(scene.width - 1)}" height="{_n(scene.height - 1)}" '
        f'rx="10" fill="{PAPER}" stroke="{EDGE}"/>',
        f'<g fill="none" stroke="{WIRE}" stroke-width="1.6">',
        *(f'<path d="{path(wire)}"/>' for wire in scene.wires),
        "</g>",
        f'<g fill="{WIRE}">',
        *(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5"/>' for x, y in scene.forks),
        f'<path d="{_arrow(*scene.arrow)}"/>',
        "</g>",
        f'<g fill="{FACE}" stroke="{INK}" stroke-width="1.4">',
    ]
    for pill in scene.pills:
        box = pill.box
        wide, tall = box.right - box.left, box.bottom - box.top
        lines.append(
            f'<rect x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(wide)}" '
            f'height="{_n(tall)}" rx="{_n(min(wide, tall) / 2)}"/>'
        )
    lines += ["</g>", '<g text-anchor="middle">']
    lines += [_text(label) for label in (*(pill.label for pill in scene.pills), *scene.labels)]
    lines += ["</g>", _legend(scene), "</svg>", ""]
    return "\n".join(lines)


def _text(label: Label) -> str:
    style = ' font-style="italic"' if label.kind == NAME else ""
    x = label.x
    if label.kind == TITLE:  # begins at the margin in whatever font it is set
        x, style = label.box.left, ' text-anchor="start"'
    return (
        f'<text x="{_n(x)}" y="{_n(label.y)}" font-size="{_n(SIZE[label.kind])}" '
        f'fill="{COLOR[label.kind]}"{style}>{_subscripted(label)}</text>'
    )


def _subscripted(label: Label) -> str:
    """w0 and w_0 with the number below the line, as they are written in formulas."""
    match = SUBSCRIPT.fullmatch(label.text)
    if label.kind != NAME or not match:
        return escape(label.text)
    small = _n(0.72 * SIZE[NAME])
    return f'{escape(match[1])}<tspan dy="3" font-size="{small}">{match[2]}</tspan>'


def _legend(scene: Scene) -> str:
    def colored(kind: str) -> str:
        return f'<tspan fill="{COLOR[kind]}">{kind}</tspan>'

    gradients = any(label.kind == GRADIENT for label in scene.labels)
    below = f", {colored(GRADIENT)} below" if gradients else ""
    return (
        f'<text x="24" y="{_n(scene.height - 18)}" font-size="12" fill="{WIRE}">'
        f"{colored(VALUE)} above each wire{below}</text>"
    )


def path(wire: Wire) -> str:
    """The ``d`` of a path element."""
    (x0, y0), (x1, y1), (x2, y2), (x3, _) = wire.start, wire.bend, wire.straight, wire.end
    if y1 == y2:
        return f"M{_n(x0)} {_n(y0)}H{_n(x3)}"
    middle = _n((x1 + x2) / 2)
    curve = f"C{middle} {_n(y1)} {middle} {_n(y2)} {_n(x2)} {_n(y2)}"
    return f"M{_n(x0)} {_n(y0)}H{_n(x1)}{curve}H{_n(x3)}"


def _arrow(x: float, y: float) -> str:
    return f"M{_n(x + 6)} {_n(y)}l-10 -5v10z"


def _n(number: float) -> str:
    """To a hundredth of a pixel, without padding."""
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"
