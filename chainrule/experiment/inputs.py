"""The data that a configuration names: a data set by its name, or images of the user's own."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from .. import data
from ..cells import cell
from ..config import Config
from ..config.schema import ImagesConfig
from ..data.dataset import Dataset
from ..data.folder import ImageFolder, ImageOptions, read_images
from ..data.folder.listing import Skipped
from ..data.splits import Split
from ..errors import InputError
from ..printable import printable
from ..text import plural
from .location import place_of, relocated


@dataclass(frozen=True)
class Inputs:
    """What there is to train and to test with.

    config   with what it left open about images filled in
    split    the validation images that came with the data, if any did
    skipped  images that are left out, with the reason
    notes    what a user should know of how the data were taken
    """

    config: Config
    train: Dataset
    test: Dataset
    split: Split | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


def load_inputs(config: Config, data_dir: str | os.PathLike[str] | None = None) -> Inputs:
    """Read the data of a configuration; ``data_dir`` is where they lie now: see `relocated`.

    Raises InputError for data that are missing or unfit.
    """
    config = relocated(config, data_dir)
    if config.data in data.NAMES:
        return _named(config, config.data_dir)
    place = place_of(config.data, config.data_dir)
    inputs = _own(config, read_images(place, options_of(config.images)))
    if config.data_dir is None:
        return inputs
    said = f"read from {place}" + ("" if place != config.data else f", not from {config.data_dir}")
    return replace(inputs, notes=(said, *inputs.notes))


def _named(config: Config, data_dir: str | os.PathLike[str] | None) -> Inputs:
    """A data set that has a name is of one size already; it can be turned gray."""
    usual = msgspec.structs.replace(ImagesConfig(), color=config.images.color)
    if config.images != usual:
        changed = next(
            key
            for key in ImagesConfig.__struct_fields__
            if getattr(config.images, key) != getattr(usual, key)
        )
        raise InputError(
            f"images.{changed}: this is for folders and CSV files, and {config.data} is a data "
            "set with images of one size"
        )
    train, test = data.load(config.data, data_dir)
    if config.images.color == "gray":
        train, test = data.grayscale(train), data.grayscale(test)
    elif config.images.color == "rgb" and train.images.shape[3] != 3:
        raise InputError(f"images.color: the images of {config.data} are gray, not rgb")
    return Inputs(config, train, test)


def _own(config: Config, found: ImageFolder) -> Inputs:
    options, notes = found.options, list(found.notes)
    images = msgspec.structs.replace(
        config.images, image_size=options.image_size, color=options.color
    )
    split = None
    if found.validation is not None:
        split = Split.of(found.train, found.validation, config.seed)
        notes.append(
            f"validated on {plural(len(split.validation), 'image')} of the validation part"
        )
    return Inputs(
        msgspec.structs.replace(config, images=images),
        found.train,
        found.test,
        split,
        found.skipped,
        tuple(notes),
    )


def options_of(table: ImagesConfig) -> ImageOptions:
    """The options that a table [images] says. InputError if they cannot be."""
    try:
        return ImageOptions(**msgspec.structs.asdict(table))
    except InputError as error:
        raise InputError(f"images.{error}") from None


def skipped_table(skipped: Sequence[Skipped]) -> str:
    """The skipped images as CSV, with the reason for each: `chainrule.cells.read_cell` and then
    the folder's own names tell the files, but for letters that only an escape can show."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("image", "reason"))
    writer.writerows([cell(printable(text)) for text in row] for row in skipped)
    return text.getvalue()
