"""Images to measure a model on: those that a run kept for it, or any others."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from .. import data
from ..config import Config
from ..data.dataset import Dataset
from ..data.fetching.paths import as_path
from ..data.folder import read_measurable
from ..data.folder.listing import Skipped
from ..data.folder.parts import part_name
from ..data.matching import relabeled
from ..declared import checked
from ..layers.base import Signature
from .inputs import load_inputs, options_of, place_of, relocated


@dataclass(frozen=True)
class Measured:
    """What a model is measured on: ``images``, of which ``said`` tells where they lie if that is
    not plain.

    >>> from chainrule import data
    >>> Measured(data.digits()[1], "").images.split
    'test'
    """

    images: Dataset
    said: str
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@checked
def load_test(config: Config, data_dir: str | os.PathLike[str] | None = None) -> Measured:
    """The test images of a configuration, read as by `load_inputs`. InputError as there.

    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> len(load_test(config).images)
    359
    """
    config = relocated(config, data_dir)
    inputs, said = load_inputs(config), ""
    if config.data not in data.NAMES:
        place = place_of(config.data, config.data_dir)
        said = f"the {_count(inputs.test, 'test')} of {place}"
    elif data_dir is not None:
        said = f"the {_count(inputs.test, 'test')} of {config.data}, looked for in {data_dir}"
    return Measured(inputs.test, said, inputs.skipped, inputs.notes)


@checked
def load_other(
    name: str,
    signature: Signature,
    config: Config | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Measured:
    """Images that a model with this signature is measured on: of a data set by its name, or in a
    folder or CSV file. They are read as those that it was trained on, by ``config`` if known.

    Of a folder or file with parts these are the test images, else the validation images, else
    all. Classes are matched by name, and some may be missing. Raises InputError for other data.

    >>> measured = load_other("digits", Signature((8, 8, 1), tuple("0123456789")))
    >>> measured.said
    'the 359 test images of digits'
    """
    if name in data.NAMES:
        _, test = data.load(name, data_dir)
        height, width, channels = signature.image_shape
        if channels == 1 and test.images.shape[3] != 1:
            test = data.grayscale(test)
        resize: Any = signature.resize
        shown = channels if channels in (1, 3) else None
        test = data.resize(test, (height, width), channels=shown, method=resize)
        said = f"the {_count(test, 'test')} of {name}"
        return Measured(relabeled(test, signature.classes), said)
    height, width, channels = signature.image_shape
    options = replace(
        options_of(msgspec.structs.replace((config or Config()).images, root="")),
        image_size=(height, width),
        color="gray" if channels == 1 else "rgb",
        resize=signature.resize,
    )
    place = os.path.abspath(as_path(name))
    found = read_measurable(place, options)
    every = found.part == "all"
    said = f"all {_count(found.images)}" if every else f"the {_count(found.images, found.part)}"
    images = relabeled(found.images, signature.classes)
    learned = () if config is None else _learned(place, config.data)
    notes = (*learned, *found.notes)
    return Measured(images, f"{said} of {place}", found.skipped, notes)


def _count(dataset: Dataset, part: str = "") -> str:
    """ "1 test image", "2,000 images"."""
    word = "image" if len(dataset) == 1 else "images"
    return f"{len(dataset):,} {part} {word}" if part else f"{len(dataset):,} {word}"


def _learned(place: str, trained: str) -> tuple[str, ...]:
    """A note if the images may be among those that the model was trained on: the one folder lies
    in the other, and not in a part for testing."""
    here, there = Path(place).resolve(), Path(trained).resolve()
    if not (here.is_relative_to(there) or there.is_relative_to(here)):
        return ()
    if here.is_relative_to(there):
        said = [part_name(word) for word in here.relative_to(there).parts]
        if any(name is not None and name.part != "train" for name in said):
            return ()
    return (f"it lies with {trained}, which the model was trained on: it may know some of them",)
