"""A run, with what a figure of it needs: its model, its data, one image."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import config as configuration
from .. import require
from ..data.conversion import pixels
from ..data.dataset import Dataset
from ..data.formats.images import read_image
from ..draw.model_figures import FigureSubject, ModelFigure
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, Signature
from ..prediction import as_model
from ..printable import received
from ..training.run import Run
from ..types import Array
from .inputs import load_inputs


def opened(model: Any) -> tuple[Layer, Run | None]:
    """The model that is meant, as `chainrule.predict` takes it, and its run if it has one."""
    if isinstance(model, Layer):
        return model, None
    if hasattr(model, "averaged"):  # a trainer
        return _layer(model.model), None
    if isinstance(model, Run):
        return _layer(as_model(model)), model
    found = _layer(as_model(model))
    path = Path(os.path.expanduser(model))
    if not path.exists():
        path = Path("runs") / path
    folders = [path] if path.is_dir() else [path.parent, path.parent.parent]
    run = next((Run(folder) for folder in folders if Run(folder).config.is_file()), None)
    return found, run


def _layer(model: Any) -> Layer:
    if not isinstance(model, Layer):
        raise InputError(f"model: expected a layer or a run, received {received(model)}")
    return model


def expect_used(what: str, row: ModelFigure, given: Mapping[str, Any]) -> None:
    """InputError for the first of ``given``, image, index, layer and target, that changes nothing
    in this figure, and for an index beside an image."""
    used = {*row.needs, *row.uses} | ({"index"} if "image" in (*row.needs, *row.uses) else set())
    for name, value in given.items():
        if value is not None and name not in used:
            takes = [each for each in given if each in used]
            others = f"; it takes {', '.join(takes)}" if takes else ""
            raise InputError(f"{name}: expected none, {what!r} has no use for it{others}")
    if given["image"] is not None and given["index"] is not None:
        raise InputError("index: expected none beside an image, received both")


def with_data(
    subject: FigureSubject,
    run: Run | None,
    row: ModelFigure,
    data_dir: str | os.PathLike[str] | None = None,
    index: int | None = None,
) -> FigureSubject:
    """The subject with the data of its ``run`` that the figure needs, or uses if they are there,
    and with test image ``index``, the first one by default, where it needs an image and has none.

    InputError for data that are needed and cannot be read.
    """
    by_number = index is not None or ("image" in row.needs and subject.image is None)
    lacking = [part for part in ("train", "test") if getattr(subject, part) is None]
    needed = (by_number and subject.test is None) or any(part in row.needs for part in lacking)
    if needed and run is None:
        raise InputError(
            "the model lies in no run, so its data are unknown: give a run"
            + (", or an image" if "image" in row.needs else "")
        )
    if run is not None and (needed or any(part in row.uses for part in lacking)):
        try:
            inputs = load_inputs(configuration.load(run.config, by_run=True), data_dir)
        except InputError as error:
            if needed or data_dir is not None:
                raise InputError(f"the data of the run are needed: {error}") from None
        else:
            train, test = subject.train or inputs.train, subject.test or inputs.test
            subject = replace(subject, train=train, test=test)
    if by_number and subject.test is not None:
        return _with_test_image(subject, subject.test, index)
    return subject


def _with_test_image(subject: FigureSubject, test: Dataset, index: int | None) -> FigureSubject:
    i = require.index(len(test), index=0 if index is None else index)
    image, label = test[i]
    known, name = subject.classes or test.classes, test.classes[label]
    place = known.index(name) if name in known else None
    return replace(subject, image=image, label=place, name=test.name_of(i))


def with_image(subject: FigureSubject, image: Any) -> FigureSubject:
    """The subject with an image: an array (H, W, C) or (H, W), or a file, made to fit as
    `chainrule.predict` makes it. InputError for one that cannot be read, or of another shape."""
    signature = subject.model.signature
    if isinstance(image, str | os.PathLike):
        if signature is None:
            raise InputError("the model does not say which images it is for: give an array")
        found = read_image(image, signature.image_shape, signature.resize)
        return replace(subject, image=found, name=os.path.basename(os.fspath(image)))
    return replace(subject, image=_one(image, signature), name="the image given")


def _one(image: Any, signature: Signature | None) -> Array:
    """One image as uint8 (H, W, C)."""
    size = None if signature is None else signature.image_shape
    shape = np.shape(image)
    if len(shape) in (1, 2) or (len(shape) == 3 and size in (None, shape)):
        image = np.asarray(image)[np.newaxis]
    array, _ = pixels(image, size)
    if len(array) != 1:
        raise InputError(f"image: expected one (H, W, C), received an array of shape {shape}")
    if size is not None and array.shape[1:] != tuple(size):
        raise InputError(f"image: expected {tuple(size)}, received an array of shape {shape}")
    return np.asarray(array[0])


def class_number(model: Layer, name: str | int | None) -> int | None:
    """The number of a class by its name. InputError for one that the model does not know."""
    if name is None:
        return None
    known = () if model.signature is None else model.signature.classes
    if isinstance(name, str):
        if name not in known:
            raise InputError(f"target: the model has no class {name!r}{did_you_mean(name, known)}")
        return known.index(name)
    if not known:
        raise InputError("target: the model does not say which classes it is for")
    return require.index(len(known), target=name)
