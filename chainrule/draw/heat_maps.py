"""Where a model looks: each heat map beside the one that random weights give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..interpret import HeatMaps, IntegratedGradients, RandomizationCheck, randomization_check
from ..interpret.heat_maps import displayed
from ..printable import printable
from ..text import percent
from ..types import Array
from .model_figures import FigureSubject
from .style import GREEN, LINE, MUTED, RED, compact, entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, STAGES, FEWER = 4, 8, 4
LARGE = 96 * 96
"""Pixels of an image above which less is computed: a figure of a large net would take minutes."""
COLORS = {False: "YlOrRd", True: "RdBu_r"}
PALE = 205  # of 255, what black is below a map
LONGEST = 15  # letters of a class name in a title
MINUS = "\u2212"


@dataclass(frozen=True)
class Map:
    """A row of the figure: its title, a method of `chainrule.interpret.METHODS`, its options, and
    those for a large image.

    >>> Map("Saliency", "saliency").options
    {}
    """

    title: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict)
    large: Mapping[str, Any] = field(default_factory=dict)


def paint_maps(subject: FigureSubject, figure: Figure, *, rows: tuple[Map, ...]) -> None:
    """A row for each map: the image, its heat map, the one of random weights, and how alike the
    two are while layer after layer is randomized."""
    image = one_image(subject)
    large = image.shape[1] * image.shape[2] > LARGE
    axes = figure.subplots(len(rows), COLUMNS, squeeze=False)
    for each, row in zip(rows, axes, strict=True):
        options = {**each.options, **(each.large if large else {})}
        if each.method == "grad_cam" and subject.layer is not None:
            options["layer"] = subject.layer
        check = randomization_check(
            subject.model, image, subject.target, method=each.method,
            **{"stages": FEWER if large else STAGES, **options},
        )  # fmt: skip
        found = check.original
        title = f"{short(found.names[0])}, {percent(float(found.probabilities[0]))}"
        entitle(row[0], title, said_of(subject))
        show_image(row[0], found.images[0])
        _show_map(row[1], found, found.maps[0], each.title, _note(found))
        alike = f"rank correlation {_number(check.correlations[-1, 0])}"
        _show_map(row[2], found, check.maps[-1, 0], "Random weights", alike)
        _show_check(row[3], check)
    without_math(figure)


def _show_map(axes: Axes, found: HeatMaps, values: Array, title: str, note: str) -> None:
    """A map over its faint image, with the scale of its colors."""
    entitle(axes, title, note)
    show_image(axes, found.images[0], faint=True)
    limit = _full_color(values)
    shown = axes.imshow(
        values, cmap=COLORS[found.signed], vmin=-limit if found.signed else 0, vmax=limit,
        alpha=np.sqrt(np.abs(values) / limit).clip(0, 1), interpolation="nearest",
    )  # fmt: skip
    beyond = np.abs(values).max() > limit
    show_scale(axes, shown, [-limit, 0, limit] if found.signed else [0, limit], beyond=beyond)


def _full_color(values: Array) -> float:
    """The number that is drawn in full color: the largest, or, of a large map, that of the pixel
    which one in 200 exceeds, for a few would leave all others pale."""
    sizes = np.abs(values)
    limit = float(np.quantile(sizes, 0.995)) if values.size > LARGE else 0.0
    return limit or float(sizes.max()) or 1.0


def _show_check(axes: Axes, check: RandomizationCheck) -> None:
    """The rank correlation after each stage of the randomization."""
    verdict = "does it depend on the weights? " + ("yes" if check.passed else "hardly")
    if check.by_architecture:
        verdict = "alike by the architecture, not by the image"
    if np.isnan(check.correlation):
        verdict = "the map is the same number everywhere"
    entitle(axes, "Check", verdict)
    values = np.array([1.0, *check.correlations[:, 0]])
    color = GREEN if check.passed else RED
    axes.axhline(0, color=LINE, linewidth=1.5)
    axes.axhline(check.architecture[0], color=MUTED, linewidth=1, linestyle="--")
    axes.annotate(
        "shuffled pixels", (0.98, check.architecture[0]), (0, -8), ha="right", fontsize=6.5,
        xycoords=("axes fraction", "data"), textcoords="offset points", color=MUTED,
    )  # fmt: skip
    axes.plot(np.arange(len(values)), values, color=color, marker="o", markersize=4)
    names = ["none", *(_place(paths[-1]) for paths in check.layers)]
    axes.set_xticks(range(len(names)), names, rotation=60 if len(names) > 6 else 0, fontsize=7)
    axes.set_xlabel("randomized down to layer", fontsize=8)
    axes.set_ylabel("rank correlation", fontsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(min(-0.25, float(np.nanmin(values)) - 0.05), 1.08)
    axes.set_box_aspect(0.8)


def _place(path: str) -> str:
    """Where in the model a layer is, as short as a tick: "12" for layers.12.body.layers.7."""
    first = path.removeprefix("layers.").split(".")[0]
    return first if len(first) <= 6 else f"{first[:5]}…"


def show_image(axes: Axes, image: Array, *, faint: bool = False) -> None:
    """An image (H, W, C); ``faint`` is gray and pale, so that the colors above it are those of a
    map."""
    shown = displayed(image)
    if faint:
        shown = np.rint(PALE + shown.mean(axis=-1) * (1 - PALE / 255)).astype(np.uint8)[..., None]
    axes.imshow(shown[..., 0] if shown.shape[-1] == 1 else shown, cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()


def show_scale(axes: Axes, shown: Any, ticks: list[float], *, beyond: bool = False) -> None:
    """What the colors stand for, without the transparency that they have on the image; with an
    arrow where there are numbers ``beyond``."""
    from matplotlib.cm import ScalarMappable

    opaque = ScalarMappable(shown.norm, shown.cmap)
    arrows = ("both" if ticks[0] < 0 else "max") if beyond else "neither"
    bar = axes.figure.colorbar(
        opaque, ax=axes, fraction=0.046, pad=0.03, ticks=ticks, extend=arrows, extendfrac=0.03
    )
    bar.set_ticklabels([compact(tick).replace("-", MINUS) for tick in ticks])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=7, colors=MUTED)


def _note(found: HeatMaps) -> str:
    if not found.maps.any():
        return "0 everywhere: nothing speaks for the class"
    if isinstance(found, IntegratedGradients):
        total = compact(float(found.maps[0].sum(dtype=np.float64)))
        gap = f"completeness gap {compact(float(found.gap[0]))}"
        return f"sum {total} of {compact(float(found.difference[0]))}: {gap}".replace("-", MINUS)
    if found.method == "grad_cam":
        h, w = found.values.shape[1:3]
        return f"{h} x {w} feature maps, resized"
    if found.method == "occlusion":
        return "what its probability loses where hidden"
    return "largest gradient of the channels"


def _number(value: float) -> str:
    """Two decimals, with a true minus, and without one before 0."""
    if np.isnan(value):
        return "not defined"
    return f"{round(float(value), 2) + 0.0:.2f}".replace("-", MINUS)


def one_image(subject: FigureSubject) -> Array:
    """The subject's image as a batch of one."""
    if subject.image is None:
        raise InputError("image: expected one to look at, received none")
    return subject.image[np.newaxis]


def said_of(subject: FigureSubject) -> str:
    """Whether the class is the predicted one, and what the image is, where that is known."""
    said = "predicted" if subject.target is None else "the class asked about"
    if subject.label is None or not subject.classes:
        return said
    return f"{said}; it is {short(subject.classes[subject.label])}"


def short(name: str) -> str:
    """A class name as a title has room for it."""
    text = printable(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def without_math(figure: Figure) -> None:
    """A $ in the name of a class is a $."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
