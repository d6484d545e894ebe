"""Where a model looks: each heat map beside the one that random weights give."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import interpret
from ..errors import InputError
from ..interpret import HeatMaps, RandomizationCheck
from ..printable import printable
from ..text import percent
from ..types import Array
from .model_figures import MODEL_FIGURES, ModelFigure, Subject
from .style import BLUE, GREEN, LINE, MUTED, RED, compact, entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMOOTH, STAGES, FEWER = 32, 8, 4
STEPS, FEW_STEPS, MOST_CLASSES = 200, 60, 10
LARGE = 96 * 96
"""Pixels of an image above which a figure does with less work: seconds of a small net, minutes
of a large one."""
IN_LARGE: dict[str, dict[str, Any]] = {
    "SmoothGrad": {"samples": 8},
    "Integrated gradients": {"steps": 20},
}
COLUMNS = 4
COLORS = {False: "YlOrRd", True: "RdBu_r"}
PALE = 205  # of 255, what black is below a map
LONGEST = 15  # letters of a class name in a title

MINUS = "\u2212"

Map = tuple[str, str, dict[str, Any]]
"""What is drawn in a row: its title, the method of `interpret.METHODS`, and its options."""


def paint_maps(subject: Subject, figure: Figure, *, rows: tuple[Map, ...]) -> None:
    """A row for each map: the image, its heat map, the one of random weights, and how alike the
    two are while layer after layer is randomized."""
    image = _image(subject)
    large = image.shape[1] * image.shape[2] > LARGE
    axes = figure.subplots(len(rows), COLUMNS, squeeze=False)
    for (title, method, options), row in zip(rows, axes, strict=True):
        check = interpret.randomization_check(
            subject.model, image, method=method, stages=FEWER if large else STAGES,
            **(IN_LARGE.get(title, options) if large else options),
        )  # fmt: skip
        original = check.original
        _show_image(row[0], original, 0, _truth(subject))
        _show_map(row[1], original, original.maps[0], title, _note(original))
        correlation = check.correlations[-1][0]
        said = "not defined" if np.isnan(correlation) else number(correlation)
        _show_map(row[2], original, check.maps[-1][0], "Random weights", f"rank correlation {said}")
        _show_check(row[3], check)
    _without_math(figure)


def _show_image(axes: Axes, found: HeatMaps, i: int, truth: str) -> None:
    name = _short(found.names[i])
    entitle(axes, f"{name}, {percent(float(found.probabilities[i]))}", truth)
    _plain(axes, found.images[i])


def _show_map(axes: Axes, found: HeatMaps, values: Array, title: str, note: str) -> None:
    """A map over its faint image, with the scale of its colors."""
    entitle(axes, title, note)
    _plain(axes, found.images[0], faint=True)
    limit = float(np.abs(values).max()) or 1.0
    strength = np.abs(values) / limit
    shown = axes.imshow(
        values, cmap=COLORS[found.signed], vmin=-limit if found.signed else 0, vmax=limit,
        alpha=np.sqrt(strength), interpolation="nearest",
    )  # fmt: skip
    bar = axes.figure.colorbar(_opaque(shown), ax=axes, fraction=0.046, pad=0.03)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.set_ticks([-limit, 0, limit] if found.signed else [0, limit])
    bar.set_ticklabels([compact(tick).replace("-", MINUS) for tick in bar.get_ticks()])
    bar.ax.tick_params(length=0, labelsize=7, colors=MUTED)


def _opaque(shown: Any) -> Any:
    """The colors of an image whose transparency its scale does not need."""
    from matplotlib.cm import ScalarMappable

    return ScalarMappable(shown.norm, shown.cmap)


def _show_check(axes: Axes, check: RandomizationCheck) -> None:
    """The rank correlation after each stage of the randomization."""
    verdict = "does it depend on the weights? " + ("yes" if check.passed else "hardly")
    if np.isnan(check.correlation):
        verdict = "the map is the same number everywhere"
    entitle(axes, "Check", verdict)
    values = np.array([1.0, *check.correlations[:, 0]])
    color = GREEN if check.passed else RED
    axes.axhline(0, color=LINE, linewidth=1.5)
    axes.plot(np.arange(len(values)), values, color=color, marker="o", markersize=4)
    names = ["none", *(paths[-1].removeprefix("layers.") for paths in check.layers)]
    axes.set_xticks(range(len(names)), names, rotation=60 if len(names) > 5 else 0, fontsize=7)
    axes.set_xlabel("randomized down to layer", fontsize=8)
    axes.set_ylabel("rank correlation", fontsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(min(-0.25, float(np.nanmin(values)) - 0.05), 1.08)
    axes.set_box_aspect(0.8)


def number(value: float) -> str:
    """Two decimals, with a true minus, and without one before 0."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)


def _plain(axes: Axes, image: Array, *, faint: bool = False) -> None:
    shown = interpret.heat_maps.displayed(image)
    if faint:  # gray, and pale: the colors above it are those of the map
        shown = np.rint(PALE + shown.mean(axis=-1) * ((255 - PALE) / 255)).astype(np.uint8)[
            ..., None
        ]
    axes.imshow(shown[..., 0] if shown.shape[-1] == 1 else shown, cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()


def _note(found: HeatMaps) -> str:
    if isinstance(found, interpret.IntegratedGradients):
        total = f"sum {compact(float(found.maps[0].sum(dtype=np.float64)))}"
        said = f"{total} of {compact(float(found.difference[0]))}"
        return f"{said}: completeness gap {compact(float(found.gap[0]))}"
    if found.method == "grad_cam":
        h, w = found.values.shape[1:3]
        return f"{h} x {w} feature maps, resized"
    if found.method == "occlusion":
        return "what its probability loses where hidden"
    return "largest gradient of the channels"


def paint_class_images(subject: Subject, figure: Figure) -> None:
    """The image that ascent makes for each class; of more than ten, for those that the model says
    of the subject's image first, or the first ones."""
    model = subject.model
    large = model.signature is not None and math.prod(model.signature.image_shape[:2]) > LARGE
    most = MOST_CLASSES // 2 if large else MOST_CLASSES
    classes = list(range(min(_outputs(subject), most)))
    if subject.image is not None and _outputs(subject) > most:
        p = interpret.given.answers(model, _image(subject))[0]
        classes = np.argsort(-p, kind="stable")[:most].tolist()
    found = interpret.class_image(model, classes, steps=FEW_STEPS if large else STEPS)
    panels = figure.subplots(-(-len(found) // 5), min(5, len(found)), squeeze=False).ravel()
    for i, axes in enumerate(panels):
        axes.set_axis_off()
        if i < len(found):
            p = f"probability {percent(float(found.probabilities[i]))}"
            entitle(axes, _short(found.names[i]), f"{p}, logit {found.logits[-1, i]:.3g}")
            _plain(axes, found.images[i])
    _without_math(figure)


def _outputs(subject: Subject) -> int:
    """How many classes the model knows; more than are drawn where it does not say."""
    known = subject.model.signature
    return MOST_CLASSES if known is None else len(known.classes)


def paint_fooling(subject: Subject, figure: Figure) -> None:
    """The image, the smallest change, their sum, and the probabilities before and after."""
    image = _image(subject)
    found = interpret.fooling_image(subject.model, image)
    left, middle, right, bars = figure.subplots(1, COLUMNS)
    before, after = (found.class_names[k] for k in (found.before[0], found.after[0]))
    entitle(
        left, f"{_short(before)}, {percent(float(found.probabilities_before[0]))}", _truth(subject)
    )
    _plain(left, found.images[0] - found.changes[0])
    norm = f"norm {found.norms[0]:.3g}, largest {found.largest[0]:.2g} of 1"
    entitle(middle, "Smallest change found", norm)
    change = interpret.heat_maps.signed_strongest(found.changes)[0]
    limit = float(np.abs(change).max()) or 1.0
    shown = middle.imshow(change, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    middle.set_axis_off()
    bar = figure.colorbar(shown, ax=middle, fraction=0.046, pad=0.03, ticks=[-limit, 0, limit])
    bar.set_ticklabels([f"{MINUS}{compact(limit)}", "0", compact(limit)])
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(length=0, labelsize=7, colors=MUTED)
    fooled = "their sum" if found.fooled[0] else "their sum, which does not fool the model"
    entitle(right, f"{_short(after)}, {percent(float(found.probabilities_after[0]))}", fooled)
    _plain(right, found.images[0])
    _show_probabilities(bars, subject, found)
    _without_math(figure)


def _show_probabilities(axes: Axes, subject: Subject, found: interpret.FoolingImages) -> None:
    p = interpret.given.answers(
        subject.model, np.concatenate([found.images - found.changes, found.images])
    )
    order = np.argsort(-p.max(axis=0), kind="stable")[:5]
    entitle(axes, "Probabilities", "the five classes that are highest")
    place = np.arange(len(order))
    axes.barh(place - 0.2, p[0, order], 0.38, color=BLUE, label="before")
    axes.barh(place + 0.2, p[1, order], 0.38, color=RED, label="after")
    axes.set_yticks(place, [_short(found.class_names[k]) for k in order], fontsize=8)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="x", labelsize=7)
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.set_box_aspect(0.8)


def _without_math(figure: Figure) -> None:
    """A $ in the name of a class is a $."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # type: ignore[attr-defined]


def _image(subject: Subject) -> Array:
    if subject.image is None:
        raise InputError("image: expected one to look at, received none")
    return subject.image[np.newaxis]


def _truth(subject: Subject) -> str:
    """What the image is, where that is known."""
    known = subject.model.signature
    if subject.label is None or known is None:
        return "predicted"
    return f"predicted; it is {_short(known.classes[subject.label])}"


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _row(summary: str, *rows: Map) -> ModelFigure:
    paint: Callable[[Subject, Figure], None] = partial(paint_maps, rows=rows)
    return ModelFigure(summary, paint, ("image",), (11.5, 0.2 + 2.9 * len(rows)))


MODEL_FIGURES |= {
    "saliency": _row(
        "the gradient of the predicted class, plain and as SmoothGrad, beside random weights",
        ("Saliency", "saliency", {}),
        ("SmoothGrad", "saliency", {"samples": SMOOTH}),
    ),
    "guided-backprop": _row(
        "guided backpropagation, beside random weights",
        ("Guided backpropagation", "guided_backprop", {}),
    ),
    "grad-cam": _row(
        "Grad-CAM of the last feature maps, beside random weights", ("Grad-CAM", "grad_cam", {})
    ),
    "integrated-gradients": _row(
        "integrated gradients with their completeness gap, beside random weights",
        ("Integrated gradients", "integrated_gradients", {}),
    ),
    "occlusion": _row(
        "what hiding each part of the image takes from the probability, beside random weights",
        ("Occlusion", "occlusion", {}),
    ),
    "class-images": ModelFigure(
        "the image of each class that gradient ascent makes", paint_class_images, (), (11.5, 5.4)
    ),
    "fooling": ModelFigure(
        "the smallest change found that makes the model say another class", paint_fooling,
        ("image",), (11.5, 3.1),
    ),
}  # fmt: skip
