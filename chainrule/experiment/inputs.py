"""The data that a configuration names: a data set by its name, or images of the user's own. They
may have been moved since."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from .. import data
from ..cells import csv_text
from ..config import Config, Settings, assignments, resolve
from ..config.schema import ImagesConfig
from ..data.dataset import Dataset
from ..data.fetching.paths import as_path
from ..data.folder import ImageFolder, ImageOptions, read_images
from ..data.folder.hidden import is_hidden
from ..data.folder.listing import Skipped
from ..data.folder.table import SUFFIXES as TABLES
from ..data.splits import Split, subset
from ..declared import checked
from ..device import known
from ..errors import InputError
from ..text import plural


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


@checked
def configure(
    base: Settings, given: Settings, assigned: Sequence[str], data_dir: Path | None
) -> Config:
    """The configuration of a command line: ``base``, overruled by the options that are ``given``,
    and by what is ``assigned`` with --set.

    --data-dir says where the data of ``base`` lie now; a path on the same line says that itself.
    InputError for a folder that does not exist; of data sets that have names the readers say so,
    and how to get them.

    >>> from chainrule.config import options
    >>> given = options({"data": "DATA"}, data="digits")
    >>> configure(Settings({"epochs": 3}), given, ["optimizer.lr=0.1"], None).optimizer.lr
    0.1
    """
    last, folder = assignments(assigned), None
    if data_dir is not None:
        folder = os.path.abspath(os.path.expanduser(data_dir))
        names = {**given.names, "data_dir": "--data-dir"}
        given = replace(given, values={**given.values, "data_dir": folder}, names=names)
    config = resolve(base, given, last)
    typed = {"data"} & {*given.values, *last.values} or base.names.get("data") == "TARGET"
    if folder is None or (config.data in data.NAMES and config.data != "digits"):
        return config
    if config.data in data.NAMES or not typed:
        return relocated(config, folder)
    if not os.path.isdir(folder):
        raise InputError(f"--data-dir: expected a folder, received {folder}")
    return config


@checked
def load_inputs(config: Config, data_dir: str | os.PathLike[str] | None = None) -> Inputs:
    """Read the data of a configuration; ``data_dir`` is where they lie now: see `relocated`.

    Raises InputError for data that are missing or unfit.

    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> inputs = load_inputs(config)
    >>> len(inputs.train), len(inputs.test)
    (1438, 359)
    """
    inputs = _loaded(relocated(config, data_dir))
    try:
        return replace(inputs, test=subset(inputs.test, config.max_test_images))
    except InputError as error:
        raise InputError(f"max_test_images: {error}") from None


def _loaded(config: Config) -> Inputs:
    if config.data in data.NAMES:
        return _named(config, config.data_dir)
    place = place_of(config.data, config.data_dir)
    inputs = _own(config, read_images(place, options_of(config.images)))
    if config.data_dir is None:
        return inputs
    said = f"read from {place}" + ("" if place != config.data else f", not from {config.data_dir}")
    return replace(inputs, notes=(said, *inputs.notes))


def _named(config: Config, data_dir: str | os.PathLike[str] | None) -> Inputs:
    """A data set that has a name is of one size; it can be resized, and turned gray or, as if
    colored, into three equal channels."""
    images, mine = config.images, ("image_size", "color", "resize")
    usual = msgspec.structs.replace(ImagesConfig(), **{key: getattr(images, key) for key in mine})
    if images != usual:
        changed = next(
            key
            for key in ImagesConfig.__struct_fields__
            if getattr(config.images, key) != getattr(usual, key)
        )
        raise InputError(
            f"images.{changed}: this is for folders and CSV files, and {config.data} is a data "
            "set with a name"
        )
    train, test = data.load(config.data, data_dir)
    if images.color == "gray":
        train, test = data.grayscale(train), data.grayscale(test)
    height, width, own = train.images.shape[1:]
    size = images.image_size or (height, width)
    channels = 3 if images.color == "rgb" else None
    try:
        train, test = (
            data.resize(each, size, channels=channels, method=images.resize)
            for each in (train, test)
        )
    except InputError as error:
        raise InputError(f"images.image_{error}") from None
    notes = []
    if train.images.shape[1:3] != (height, width):
        now = "x".join(map(str, train.images.shape[1:3]))
        notes.append(f"resized from {height}x{width} to {now} while they are dealt")
    if channels and channels != own:
        notes.append("gray images, as three equal channels")
    return Inputs(config, train, test, notes=tuple(notes))


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
    return csv_text([("image", "reason"), *skipped])


def relocated(
    config: Config, data_dir: str | os.PathLike[str] | None, device: str | None = None
) -> Config:
    """``config`` with its data where ``data_dir`` says that they lie now, and on this ``device``;
    None changes nothing.

    For a data set that has a name this is the data directory. For images of the user's own it is
    their folder or file, or the folder that this lies in under the name that it had. InputError
    if it does not exist.
    """
    if device is not None:
        config = msgspec.structs.replace(config, device=known(device))
    if data_dir is None:
        return config
    given = as_path(data_dir)
    if config.data in data.NAMES:
        if config.data == "digits" and not given.is_dir():  # no other reader would look
            raise InputError(f"--data-dir: expected a folder, received {given}")
        return msgspec.structs.replace(config, data_dir=os.fspath(data_dir))
    return msgspec.structs.replace(config, data=_moved(Path(config.data), given), data_dir=None)


def _moved(before: Path, given: Path) -> str:
    """The absolute path of what was called ``before``: it is ``given``, or lies in it."""
    if not given.exists():
        raise InputError(f"--data-dir: there is no folder or file {given}")
    is_table = before.suffix.lower() in TABLES
    inner = given / before.name
    choices = (given, inner) if given.name == before.name else (inner, given)
    there = [place for place in choices if (place.is_file() if is_table else place.is_dir())]
    if there:  # a class may be called like the folder that the classes are in
        return os.path.abspath(next((p for p in there if is_table or _has_folders(p)), there[0]))
    wanted = f"the file {before.name}" if is_table else "a folder of images"
    raise InputError(f"--data-dir: expected {wanted}, or the folder it lies in, received {given}")


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.is_dir() and not is_hidden(entry.name, True) for entry in entries)


def place_of(path: str, data_dir: str | os.PathLike[str] | None) -> str:
    """Where the images lie: where the path says, or under the same name in the data directory."""
    if os.path.exists(path):
        return path
    if data_dir is not None and (moved := Path(data_dir, Path(path).name)).exists():
        return os.fspath(moved)
    beside = "" if data_dir is None else f", nor {moved}"
    raise InputError(
        f"there is no folder or file {path}{beside}; if it has moved, --data-dir says where"
    )
