"""Figures that explain what is inside, each by one call: ``draw("activations")``, and of a model
``draw_subject(FigureSubject(model), "filters")``."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..files import atomic_write
from ..layers.base import Layer
from ..markup import el
from ..printable import received
from ..public import publish
from ..ranges import Count
from .model_figures import MODEL_FIGURES as MODEL_FIGURES
from .model_figures import FigureSubject as FigureSubject
from .model_figures import ModelFigure as ModelFigure

if TYPE_CHECKING:
    from ..data.augment import Augment
    from ..data.dataset import Dataset
    from ..schedules import Schedule


@dataclass(frozen=True)
class Figure:
    """What ``render(kind) -> bytes`` shows in the module of the figure's name.

    >>> FIGURES["circuit"].kinds
    ('svg',)
    """

    summary: str
    kinds: tuple[str, ...] = ("svg", "png")


FIGURES = {
    "activations": Figure("every activation with its derivative"),
    "augmentations": Figure("images before and after each augmentation"),
    "circuit": Figure("values and gradients on two graphs of gates", kinds=("svg",)),
    "init": Figure("activations layer by layer, by how the weights began"),
    "schedules": Figure("every learning rate schedule"),
}
"""What `draw` draws."""

ROWS = ("features", "attributions")
"""The modules that fill ``MODEL_FIGURES``."""


class _Drawing(type(Path())):  # type: ignore[misc]  # Path itself has no subclasses in 3.11
    """The path of a figure, which a notebook shows.

    >>> _Drawing("gates.svg").name
    'gates.svg'
    """

    def _repr_html_(self) -> str | None:
        kind = {".svg": "svg+xml", ".png": "png"}.get(self.suffix.lower())
        if kind is None or not self.is_file():
            return None
        data = base64.b64encode(self.read_bytes()).decode()
        return el(
            "img", src=f"data:image/{kind};base64,{data}", alt=self.stem, style="max-width:100%"
        )


@checked
def draw(what: str, path: str | os.PathLike[str] | None = None) -> Path:
    """Write a figure of ``FIGURES`` and return where: ``path``, or WHAT.svg here.

    The suffix chooses the kind, .svg or .png. Equal calls write equal files. InputError for an
    unknown figure or suffix, and for a place that cannot be written to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw("circuit", f"{folder}/gates.svg").read_text("utf-8")[:4]
    '<svg'
    """
    if what not in FIGURES:
        if what in known_model_figures():
            raise InputError(
                f"{what} is drawn of a model: chainrule draw {what} RUN, or cr.draw_model(run, "
                f"{what!r})"
            )
        raise InputError(f"no figure named {what!r}{did_you_mean(what, FIGURES)}")
    target = _Drawing(f"{what}.svg" if path is None else path)
    kind = _kind(what, target, FIGURES[what].kinds)
    atomic_write(target, import_module(f".{what}", __name__).render(kind))
    return target


@checked
def draw_schedule(schedule: Schedule, steps: Count, path: str | os.PathLike[str]) -> Path:
    """Write a figure of any ``schedule`` over ``steps`` steps to ``path``, .svg or .png.

    InputError as in ``draw``; ``chainrule.schedules.preview`` is the same as one line of text.

    >>> import tempfile
    >>> from chainrule import schedules
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw_schedule(schedules.Cosine(0.1, 100), 100, f"{folder}/cosine.svg").name
    'cosine.svg'
    """
    from .schedules import render_one

    target = _Drawing(path)
    atomic_write(target, render_one(schedule, steps, _kind("a schedule", target)))
    return target


@checked
def draw_augmentations(
    dataset: Dataset, augment: Augment | None, path: str | os.PathLike[str]
) -> Path:
    """Write images of ``dataset`` before and after ``augment`` to ``path``, .svg or .png;
    without it, after every operation there is. InputError as in ``draw``.

    >>> import tempfile
    >>> from chainrule import data
    >>> train, _ = data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw_augmentations(train, data.augment.preset("flip"), f"{folder}/flip.png").name
    'flip.png'
    """
    from .augmentations import render_augmentation

    target = _Drawing(path)
    kind = _kind("augmentations", target)
    atomic_write(target, render_augmentation(dataset, augment, kind))
    return target


def known_model_figures() -> dict[str, ModelFigure]:
    """What there is to draw of a model, by name.

    >>> known_model_figures()["filters"].summary
    'weights of the first two convolutions as images'
    """
    for name in ROWS:
        if find_spec(f"{__name__}.{name}"):
            import_module(f"{__name__}.{name}")
    return MODEL_FIGURES


@checked
def model_figure(what: str) -> ModelFigure:
    """The row of this name. InputError for an unknown one.

    >>> model_figure("pca").needs
    ('test',)
    """
    known = known_model_figures()
    if what not in known:
        raise InputError(f"no figure named {what!r}{did_you_mean(what, [*FIGURES, *known])}")
    return known[what]


@checked
def draw_subject(
    subject: FigureSubject, what: str, path: str | os.PathLike[str] | None = None
) -> Path:
    """Write a figure of a model and return where: ``path``, or WHAT.svg here, .svg or .png.

    Equal calls write equal files, which ``cr.draw_model`` writes of a run by its name. InputError
    for an unknown figure, one that needs what the subject does not have, a model that it cannot be
    drawn of, and as from `draw`; nothing is written then.

    >>> import tempfile
    >>> from chainrule import models
    >>> model = models.convnet((8, 8, 1), 10, filters=(4,)).init(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw_subject(FigureSubject(model), "filters", f"{folder}/filters.png").name
    'filters.png'
    """
    row = model_figure(what)
    if not isinstance(subject.model, Layer):
        raise InputError(f"subject: expected one of a model, received {received(subject.model)}")
    target = _Drawing(f"{what}.svg" if path is None else path)
    kind = _kind(what, target)
    for name in row.needs:
        if getattr(subject, name) is None:
            raise InputError(f"{what}: expected {NEEDED.get(name, name)}, received none")
    from .style import rendered

    atomic_write(target, rendered(partial(row.paint, subject), row.size, kind, what))
    return target


NEEDED = {
    "image": "an image",
    "train": "the training images of a run",
    "test": "the test images of a run",
}


def _kind(what: str, target: Path, kinds: tuple[str, ...] = ("svg", "png")) -> str:
    """The suffix of ``target`` if it can be written so, and there."""
    kind = target.suffix.lower().removeprefix(".")
    if kind not in kinds:
        made = " or ".join(f".{each}" for each in kinds)
        raise InputError(f"{target}: {what} is drawn as {made}, received {target.suffix!r}")
    if not target.parent.is_dir():  # said before the drawing, which takes seconds
        raise InputError(f"cannot write {target}: there is no folder {target.parent}")
    return kind


publish(globals(), "FIGURES", "MODEL_FIGURES")
