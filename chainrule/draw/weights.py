"""Figures of the weights alone: filters, matrices, templates, histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..interpret.lookup import of_kind
from ..interpret.weights import (
    convolution,
    filters,
    fully_connected,
    on_pixels,
    parameter_histograms,
    templates,
    weight_matrix,
)
from ..layers.base import Layer
from ..layers.conv import Conv2d
from ..text import plural
from ..types import Array
from .model_figures import FigureSubject
from .pixels import kernels, reduced, signed, smaller
from .strips import ROOM, Strip, clipped, ending, paint_strips
from .style import BLUE, compact, entitle, line, muted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 32  # filters in a row
MOST_FILTERS = 256
MOST_INPUTS = 32  # channels of a filter that is no image
MOST_ROWS = 12  # filters that are drawn channel by channel
MOST_CELLS = 1000  # rows or columns of a heat map
MOST_NAMES = 60
MOST_TEMPLATES = 100
MOST_HISTOGRAMS = 72


def paint_filters(subject: FigureSubject, figure: Figure) -> None:
    """The first and the second convolution, or that at ``layer``."""
    paint_strips(figure, filter_strips(subject))


def filter_strips(subject: FigureSubject) -> list[Strip]:
    """What `paint_filters` paints."""
    model = subject.model
    if subject.layer is not None:
        return [filter_strip(model, subject.layer)]
    convolution(model)  # says so where there is none
    return [filter_strip(model, path) for path, _ in of_kind(model, Conv2d)[:2]]


def paint_second_filters(subject: FigureSubject, figure: Figure) -> None:
    """The second convolution."""
    paint_strips(figure, [filter_strip(subject.model, convolution(subject.model, 1)[0])])


def filter_strip(model: Layer, path: str) -> Strip:
    """Filters of one or three channels as images in rows; of others a row each, with a cell for
    each channel."""
    w = filters(model, path)
    o, kh, kw, c = w.shape
    title = f"{path or 'the layer'} · Conv2d"
    size = f"{kh}x{kw}x{c}"
    if c in (1, 3):
        some = w[:MOST_FILTERS]
        across = min(ACROSS, max(8, -(-len(some) // 2)))
        note = f"{_of(len(some), o)} of {size}"
        return Strip.of_tiles(title, note, kernels(some), across, min(0.56, ROOM / across))
    rows, columns = min(o, MOST_ROWS), min(c, MOST_INPUTS)
    cells = w[:rows, ..., :columns].transpose(0, 3, 1, 2)  # (rows, columns, kh, kw)
    limit = np.abs(cells).max(axis=(1, 2, 3), keepdims=True)
    tiles = signed(cells, limit).reshape(rows * columns, kh, kw, 3)
    note = f"{_of(rows, o)} of {size}, a row each"
    return Strip.of_tiles(title, note, tiles, columns, min(0.56, ROOM / columns))


def _of(drawn: int, there: int, noun: str = "filter") -> str:
    return plural(there, noun) if drawn == there else f"{drawn} of {plural(there, noun)}"


def paint_weights(subject: FigureSubject, figure: Figure) -> None:
    """W of a fully connected layer as a heat map, a row for each output."""
    path, _ = fully_connected(subject.model, subject.layer)
    w = weight_matrix(subject.model, path).T
    outputs, inputs = w.shape
    names = class_names(subject, outputs) if _is_head(subject, path) else ()
    figure.set_size_inches(11.5, min(8.0, max(2.4, 1.2 + 0.22 * min(outputs, MOST_NAMES))))
    axes = figure.add_subplot()
    limit = float(np.quantile(np.abs(w), 0.999)) or 1.0
    picture = signed(smaller(w, MOST_CELLS), limit)
    axes.imshow(
        picture,
        aspect="auto",
        interpolation="none",
        extent=(-0.5, inputs - 0.5, outputs - 0.5, -0.5),
    )
    note = f"red above 0, blue below; full color from ±{compact(limit)}"
    if max(w.shape) > MOST_CELLS:
        note += "; each cell the mean of several weights"
    entitle(axes, f"{path or 'the layer'} · Linear({inputs}, {outputs})", note)
    axes.set_xlabel("input")
    if names:
        axes.set_yticks(range(outputs), [clipped(name, 18) for name in names], fontsize=8)
    else:
        axes.set_ylabel("output")
    axes.grid(visible=False)


def _is_head(subject: FigureSubject, path: str) -> bool:
    return fully_connected(subject.model)[0] == path


def class_names(subject: FigureSubject, outputs: int) -> tuple[str, ...]:
    """The classes by name, if the outputs are these and few enough to be read."""
    return subject.classes if len(subject.classes) == outputs <= MOST_NAMES else ()


def paint_templates(subject: FigureSubject, figure: Figure) -> None:
    """What each output of the first layer compares the image with."""
    found, path, titles = template_pictures(subject)
    if titles:
        tile_grid(figure, found, titles, columns=10)
        return
    k = on_pixels(subject.model)[1].weight.shape[1]
    across = min(20, max(8, -(-len(found) // 5)))
    note = f"{_of(len(found), k, 'unit')}"
    strip = Strip.of_tiles(f"{path} · Linear", note, found, across, ROOM / across)
    paint_strips(figure, [strip])


def template_pictures(subject: FigureSubject) -> tuple[Array, str, list[str]]:
    """(pictures RGB, the layer's path, their classes): those of a deeper net have no classes."""
    found = templates(subject.model, None if subject.image is None else subject.image.shape)
    path, _ = on_pixels(subject.model)
    names = class_names(subject, len(found)) if _is_head(subject, path) else ()
    chosen = list(range(min(len(found), MOST_TEMPLATES)))
    if subject.target is not None:
        if not _is_head(subject, path):
            raise InputError(
                "target: expected none, the templates of this model are of units, not of classes"
            )
        chosen = [subject.target]
    titles = [clipped(names[i], 16) for i in chosen] if names else []
    return kernels(reduced(found[chosen], 64)), path, titles


def tile_grid(
    figure: Figure,
    pictures: Array,
    titles: list[str],
    columns: int = 8,
    notes: list[str] | None = None,
    tile: float = 1.12,
) -> list[Axes]:
    """Pictures RGB (n, H, W, 3) in rows, each under its title and over its small print."""
    columns = max(1, min(columns, len(pictures)))
    rows = -(-len(pictures) // columns)
    h, w = pictures.shape[1:3]
    figure.set_size_inches(
        max(2.4, tile * columns), 0.15 + rows * (0.86 * tile * h / w + (0.5 if notes else 0.32))
    )
    drawn = []
    for i, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.imshow(picture, interpolation="none")
        axes.set_title(title, fontsize=8.5)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        if notes:
            axes.set_xlabel(notes[i], fontsize=7.5, color=muted())
        drawn.append(axes)
    return drawn


def paint_histograms(subject: FigureSubject, figure: Figure) -> None:
    """Every parameter array."""
    found = parameter_histograms(subject.model)
    if not found:
        raise InputError("model: expected one with parameters, received one without")
    some = found[:MOST_HISTOGRAMS]
    columns = 4 if len(some) <= 16 else 6
    rows = -(-len(some) // columns)
    figure.set_size_inches(11.5, 0.3 + 1.55 * rows)
    for i, one in enumerate(some):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.stairs(one.counts, one.edges, fill=True, color=BLUE, alpha=0.75)
        if one.edges[0] < 0 < one.edges[-1]:
            axes.axvline(0, color=line(), linewidth=1)
        size = "x".join(map(str, one.shape)) or "one number"
        last = i == len(some) - 1 and len(found) > len(some)
        more = f"; {len(found) - len(some):,} more arrays" if last else ""
        axes.set_title(
            ending(one.path or "weight", 112 // columns), loc="left", fontweight="bold",
            fontsize=8.5, pad=14,
        )  # fmt: skip
        axes.annotate(
            f"{size}, std {compact(one.std)}{more}", (0, 1), (0, 4), xycoords="axes fraction",
            textcoords="offset points", color=muted(), fontsize=7,
        )  # fmt: skip
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
        axes.xaxis.get_major_locator().set_params(nbins=4)  # type: ignore[call-arg]
