"""A drawing of the net: what each block gives, as a solid of its shape, and its parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..cost.static import count_parameters
from ..errors import InputError
from ..layers import ACTIVATIONS
from ..layers.base import Layer, named_children
from ..layers.containers import Sequential
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.shapes import infer_shape, observed
from ..layers.sizes import pair
from ..text import plural
from ..types import Shape
from .model_figures import FigureSubject
from .style import BLUE, GREEN, ORANGE, ink, muted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 8  # blocks in a row
CELL, TALL = 1.42, 2.45  # inches of a block
TALLEST, DEEPEST, THICKEST = 1.05, 0.34, 0.46
SLANT = 0.62  # height of the oblique edge over its width
GRAY = "#8a93a1"
QUIET = ("Normalize", "Flatten", "Dropout", "SpatialDropout", "DropPath")


@dataclass(frozen=True)
class Block:
    """A layer with the norms and activations behind it, or several equal ones.

    >>> Block("Linear", "10", (), (10,), 650, GREEN).times
    1
    """

    title: str
    detail: str
    followers: tuple[str, ...]
    shape: Shape
    parameters: int
    color: str
    times: int = 1


def paint_architecture(subject: FigureSubject, figure: Figure) -> None:
    """Block after block, from the image to the classes."""
    found = blocks(subject)
    rows = -(-len(found) // ACROSS)
    columns = min(ACROSS, len(found))
    width, height = max(5.0, CELL * columns + 0.3), TALL * rows + 0.35
    figure.set_layout_engine("none")
    figure.set_size_inches(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    total = count_parameters(subject.model)
    axes.text(
        0.2,
        height - 0.24,
        plural(total, "parameter"),
        fontsize=10.5,
        fontweight="bold",
        va="center",
    )
    for i, block in enumerate(found):
        x = 0.15 + CELL * (i % ACROSS + 0.5)
        y = height - 0.3 - TALL * (i // ACROSS) - 0.85
        _solid(axes, block, x, y)
        _words(axes, block, x, y - TALLEST / 2 - 0.3)
        if i:
            _arrow(axes, x - CELL / 2, y)


def blocks(subject: FigureSubject) -> list[Block]:
    """The blocks of a model. InputError where the shapes cannot be known."""
    model = subject.model
    shape = None if model.signature is None else model.signature.image_shape
    if shape is None:
        shape = None if subject.image is None else subject.image.shape
    if shape is None:
        raise InputError("architecture: the model does not say which images it is for")
    outputs: dict[int, Shape] = {}

    def keep(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> None:
        outputs[id(layer)] = output

    with observed(keep):
        infer_shape(model, tuple(shape))
    found = [Block("image", "", (), tuple(shape), 0, GRAY)]
    for layer in parts(model):
        name = type(layer).__name__
        if id(layer) not in outputs:
            raise InputError(f"architecture: {name} does not state the shape of its output")
        after = replace(found[-1], shape=outputs[id(layer)])
        if name in QUIET and not isinstance(layer, Conv2d | Linear):
            if name not in ("Flatten", "Normalize"):
                found[-1] = replace(after, followers=(*after.followers, name))
            continue
        if len(found) > 1 and _follows(layer):
            found[-1] = replace(
                after,
                followers=(*after.followers, name),
                parameters=after.parameters + count_parameters(layer),
            )
            continue
        found.append(_block(layer, outputs[id(layer)]))
    return list(_joined(found))


def parts(model: Layer) -> Iterator[Layer]:
    """The layers one after the other; of a chain inside a chain, its own."""
    if isinstance(model, Sequential):
        for layer in model.layers:
            yield from parts(layer)
    else:
        yield model


def _follows(layer: Layer) -> bool:
    """Whether it is drawn with the block before it: a norm or an activation."""
    name = type(layer).__name__
    return isinstance(layer, tuple(ACTIVATIONS.values())) or name.endswith("Norm")


def _block(layer: Layer, shape: Shape) -> Block:
    parameters, name = count_parameters(layer), type(layer).__name__
    if isinstance(layer, Conv2d):
        kh, kw = pair(layer.kernel_size)
        stride = "" if layer.stride == 1 else f", stride {layer.stride}"
        return Block("Conv2d", f"{kh}x{kw}{stride}", (), shape, parameters, BLUE)
    if isinstance(layer, Linear):
        return Block("Linear", "", (), shape, parameters, GREEN)
    if named_children(layer):
        return Block(name, "", (), shape, parameters, ORANGE)
    window = getattr(layer, "kernel_size", None)
    detail = "" if window is None else "x".join(map(str, pair(window)))
    return Block(name, detail, (), shape, parameters, GRAY)


def _joined(found: list[Block]) -> Iterator[Block]:
    """Equal blocks in a row as one, which says how many there are."""
    before: Block | None = None
    for block in found:
        if before is not None and replace(before, times=1) == block:
            before = replace(before, times=before.times + 1)
            continue
        if before is not None:
            yield before
        before = block
    if before is not None:
        yield before


def _solid(axes: Axes, block: Block, x: float, y: float) -> None:
    """A box, by logarithms: rows are its height, columns its depth, channels its thickness."""
    from matplotlib.patches import Polygon

    shape = block.shape
    h, w, c = shape if len(shape) == 3 else (math.prod(shape), 1, 1)
    tall = _scaled(h, 256 if len(shape) == 3 else 4096, TALLEST)
    deep = _scaled(w, 256, DEEPEST) if len(shape) == 3 else 0.05
    thick = _scaled(c, 1024, THICKEST) if len(shape) == 3 else 0.09
    left, low = x - (thick + deep) / 2, y - (tall + SLANT * deep) / 2
    a, b = (left, low), (left + thick, low)
    up, back = (0.0, tall), (deep, SLANT * deep)

    def moved(point: tuple[float, float], *by: tuple[float, float]) -> tuple[float, float]:
        return point[0] + sum(v[0] for v in by), point[1] + sum(v[1] for v in by)

    faces = (
        ((a, b, moved(b, up), moved(a, up)), 0.85),
        ((moved(a, up), moved(b, up), moved(b, up, back), moved(a, up, back)), 0.35),
        ((b, moved(b, back), moved(b, up, back), moved(b, up)), 0.55),
    )
    for corners, alpha in faces:
        axes.add_patch(Polygon(corners, facecolor=block.color, alpha=alpha, edgecolor="none"))
        axes.add_patch(Polygon(corners, fill=False, edgecolor=block.color, linewidth=0.8))


def _scaled(size: int, most: int, inches: float) -> float:
    return inches * (0.12 + 0.88 * min(1.0, math.log2(max(size, 1)) / math.log2(most)))


def _words(axes: Axes, block: Block, x: float, top: float) -> None:
    times = f" × {block.times}" if block.times > 1 else ""
    said = [f"{block.detail}".strip(), *block.followers]
    lines = [
        (f"{block.title}{times}", 9.0, ink(), "bold"),
        ("×".join(map(str, block.shape)), 8.5, ink(), "normal"),
    ]
    lines += [(line, 7.5, muted(), "normal") for line in _lines([s for s in said if s])]
    if block.parameters:
        lines.append((plural(block.parameters, "parameter"), 7.5, muted(), "normal"))
    for i, (text, size, color, weight) in enumerate(lines):
        axes.text(
            x, top - 0.155 * i, text, ha="center", va="center", fontsize=size, color=color,
            fontweight=weight,
        )  # fmt: skip


def _lines(words: list[str], room: int = 22) -> list[str]:
    """The words joined by dots, in lines of so many letters."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 3 + len(word) <= room:
            lines[-1] += f" · {word}"
        else:
            lines.append(word)
    return lines


def _arrow(axes: Axes, x: float, y: float) -> None:
    axes.annotate(
        "", (x + 0.1, y), (x - 0.1, y), arrowprops={"arrowstyle": "-|>", "color": muted(), "lw": 1}
    )
