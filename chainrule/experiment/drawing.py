"""Figures of a run's model, by one call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..data.dataset import Dataset
from ..declared import checked


@checked
def draw_model(
    model: Any,
    what: str,
    path: str | os.PathLike[str] | None = None,
    *,
    image: Any = None,
    index: int | None = None,
    layer: str | None = None,
    target: str | int | None = None,
    train: Dataset | None = None,
    test: Dataset | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Write a figure of a trained net and return where: ``path``, or WHAT.svg here.

    model   a model, a `Run`, or the path of a model file or of a run's folder; a name alone may be
            one in ``runs/``
    what    a row of ``chainrule.draw.MODEL_FIGURES``: filters, feature-maps, pca …
    path    .svg or .png; a notebook shows it
    image   an image (H, W, C), or a file, for a figure of one; else test image ``index``, the
            first one by default
    layer   the path of a layer, as layers.4, and
    target  a class, by its name or number, for figures that can be of any
    train, test   images of a model without a run; those of a run are read, from ``data_dir`` if
            they have moved

    InputError for an unknown figure, something that it has no use for or that it needs and does not
    have, and for a model that it cannot be drawn of; nothing is written then.

    >>> import tempfile
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = cr.models.convnet((8, 8, 1), 10, filters=(4,)).init(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw_model(model, "feature-maps", f"{folder}/maps.png", image=test.images[0]).name
    'maps.png'
    """
    from ..draw import draw_subject, model_figure
    from ..draw.model_figures import FigureSubject
    from .subjects import class_number, expect_used, opened, with_data, with_image

    row = model_figure(what)
    words = {"image": image, "index": index, "layer": layer, "target": target}
    expect_used(what, row, words)
    net, run = opened(model)
    subject = FigureSubject(net, train, test, layer=layer, target=class_number(net, target))
    if image is not None:
        subject = with_image(subject, image)
    subject = with_data(subject, run, row, data_dir, index)
    return draw_subject(subject, what, path)
