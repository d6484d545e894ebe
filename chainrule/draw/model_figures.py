"""What is drawn of a model: one row a figure, from its weights, its data or one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..layers.base import Layer
from ..types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data.dataset import Dataset


@dataclass(frozen=True)
class FigureSubject:
    """What there is to draw from.

    model          with its `chainrule.layers.Signature`
    train, test    its data sets, None where there are none
    image, label   one image (H, W, C) as the model takes it, and its class or None
    name           what the image is called
    layer          the path of the layer to look at, None for the usual one
    target         the class to look at, None for the usual one

    >>> from chainrule import models
    >>> FigureSubject(models.mlp((8, 8, 1), (), 10)).classes
    ()
    """

    model: Layer
    train: Dataset | None = None
    test: Dataset | None = None
    image: Array | None = None
    label: int | None = None
    name: str = ""
    layer: str | None = None
    target: int | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the outputs; none where the model does not say."""
        return () if self.model.signature is None else self.model.signature.classes


@dataclass(frozen=True)
class ModelFigure:
    """``paint(subject, figure)`` draws it on a Matplotlib figure of ``size`` inches.

    ``needs`` are the fields of `FigureSubject` that it cannot do without, besides the model;
    ``uses`` those that change it where they are there; others are refused. ``paint`` may give the
    figure another size.

    >>> ModelFigure("nothing", lambda subject, figure: None).needs
    ()
    """

    summary: str
    paint: Callable[[FigureSubject, Figure], None]
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    size: tuple[float, float] = (11.5, 8.0)


MODEL_FIGURES: dict[str, ModelFigure] = {}
"""What ``chainrule draw KIND RUN [IMAGE]`` draws."""
