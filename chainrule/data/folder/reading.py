"""From a folder or a CSV file to data sets."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...declared import checked
from ...errors import InputError
from ...homes import user_cache
from ...printable import printable
from ...text import plural
from ...types import Array
from ..dataset import Dataset, with_sha256
from ..fetching.paths import as_path
from ..holdout import stratified
from . import table
from .cache import Decoded, decoded
from .listing import Listing, Skipped, some
from .options import ImageOptions
from .prune import prune
from .scan import scan
from .workers import Progress


@dataclass(frozen=True)
class ImageFolder:
    """What a folder or a CSV file holds.

    train       what to train with; its last images are those of val, if there is such a part
    validation  int64, which of ``train`` these are; None if there is no such part
    test        what to test with
    skipped     the images that are left out, with the reason
    notes       what a user should know of how the data were taken, a sentence each
    options     how they were read, with nothing left open

    Images are uint8 (N, H, W, C).

    >>> from chainrule import data
    >>> from chainrule.data.folder import ImageOptions
    >>> train, test = data.digits()
    >>> ImageFolder(train, None, test, (), (), ImageOptions()).test.images.shape
    (359, 8, 8, 1)
    """

    train: Dataset
    validation: Array | None
    test: Dataset
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    options: ImageOptions


@dataclass(frozen=True)
class Measurable:
    """What a folder or a CSV file holds to measure a model on.

    images   the images of ``part``: of the test, else of the validation, else "all"
    skipped  the images that are left out, with the reason
    notes    what a user should know of how the data were taken, a sentence each

    >>> from chainrule import data
    >>> _, test = data.digits()
    >>> Measurable(test, "test", (), ()).part
    'test'
    """

    images: Dataset
    part: str
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@checked
def list_images(path: str | os.PathLike[str], root: str = "", to_train: bool = True) -> Listing:
    """Which images a folder or a CSV file names. InputError if it cannot be used.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
    ...         file = Path(folder, "pets", name)
    ...         file.parent.mkdir(parents=True, exist_ok=True)
    ...         Image.new("L", (8, 8)).save(file)
    ...     listing = list_images(f"{folder}/pets")
    >>> listing.classes, [entry.name for entry in listing.entries][:2]
    (('cat', 'dog'), ['cat/1.png', 'cat/2.png'])
    """
    place = as_path(path)
    if place.is_dir():
        return scan(place, to_train)
    if place.suffix.lower() in table.SUFFIXES:
        return table.read_table(place, as_path(root) if root else None)
    if place.exists():
        raise InputError(f"{place} is neither a folder of images nor a .csv file")
    raise InputError(f"there is no folder or file {place}")


@checked
def read_images(
    path: str | os.PathLike[str],
    options: ImageOptions | None = None,
    progress: Progress | None = None,
) -> ImageFolder:
    """The labeled images of a folder of class folders, or of a CSV file.

    They are decoded into a file in the user's cache, once, and read from there, so that they may
    be more than fit the memory. An image that cannot be read is skipped. Where there is no test
    part, every class gives a share of its images, always the same ones.

    Raises InputError unless there are images of two classes or more.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
    ...         file = Path(folder, "pets", name)
    ...         file.parent.mkdir(parents=True, exist_ok=True)
    ...         Image.new("L", (8, 8)).save(file)
    ...     options = ImageOptions(cache_dir=f"{folder}/cache")
    ...     pets = read_images(f"{folder}/pets", options)
    >>> pets.train.classes, len(pets.train), len(pets.test), pets.skipped
    (('cat', 'dog'), 3, 1, ())
    """
    options = options or ImageOptions()
    listing = list_images(path, options.root)
    shape = options.image_shape(listing)
    return _Reading(listing, _decoded(listing, shape, options, progress), path, options).parts(
        shape
    )


@checked
def read_measurable(
    path: str | os.PathLike[str],
    options: ImageOptions,
    progress: Progress | None = None,
) -> Measurable:
    """The labeled images of a folder or a CSV file that a model can be measured on: those of
    its test part, or of its validation part if there is no other, or all if it has no parts.

    The folders are understood as in `read_images`. Raises InputError if there is no image.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
    ...         file = Path(folder, "pets", name)
    ...         file.parent.mkdir(parents=True, exist_ok=True)
    ...         Image.new("L", (8, 8)).save(file)
    ...     options = ImageOptions(cache_dir=f"{folder}/cache")
    ...     pets = read_measurable(f"{folder}/pets", options)
    >>> pets.part, len(pets.images)
    ('all', 4)
    """
    listing = list_images(path, options.root, to_train=False)
    shape = options.image_shape(listing)
    found = _decoded(listing, shape, options, progress)
    return _Reading(listing, found, path, options, least=1).measurable()


def _decoded(
    listing: Listing,
    shape: tuple[int, int, int],
    options: ImageOptions,
    progress: Progress | None,
) -> Decoded:
    from ..fetching.progress import counting

    folder = as_path(options.cache_dir) if options.cache_dir else cache_folder()
    with counting("decoding images", progress) as shown:
        found = decoded(listing, shape, options.resize, folder, shown)
    if found.seconds:
        prune(folder, options.cache_gb * 1e9, found.folder)
    return found


def cache_folder() -> Path:
    """Where decoded images are kept unless somebody says so."""
    return user_cache() / "pictures"  # its first name: another would decode everything again


class _Reading:
    """The images that could be decoded, dealt to the parts."""

    def __init__(
        self,
        listing: Listing,
        found: Decoded,
        path: str | os.PathLike[str],
        options: ImageOptions,
        least: int = 2,
    ) -> None:
        self.listing, self.found, self.options, self.least = listing, found, options, least
        self.name = printable(as_path(path).resolve().stem) or "images"
        bad = np.isin(np.arange(len(listing)), list(found.failed))
        self.good = ~bad
        self.notes = list(listing.notes)
        self.notes += [f"{names} are classes of their own" for names in listing.alike]
        if len(found.ignored):
            names = [listing.entries[i].name for i in found.ignored.tolist()]
            have = "has" if len(names) == 1 else "have"
            self.notes.append(
                f"{plural(len(names), 'image')} {have} broken metadata, which are ignored: "
                f"{some(names)}"
            )
        self.classes, self.labels = self._classes()

    def parts(self, shape: tuple[int, int, int]) -> ImageFolder:
        train, validation, test = (self._good(p) for p in ("train", "validation", "test"))
        if not len(test) and len(validation):
            self.notes.append("the validation part is tested with, as there is no test part")
            validation, test = test, validation
        elif not len(test):
            train, test = self._hold_back(train)
        self._expect_training(train, test)
        options = ImageOptions(
            shape[:2],
            "gray" if shape[2] == 1 else "rgb",
            self.options.resize,
            self.options.test,
            self.options.root,
            self.options.cache_dir,
            self.options.cache_gb,
        )
        return ImageFolder(
            self._dataset(np.concatenate([train, validation]), "train"),
            len(train) + np.arange(len(validation)) if len(validation) else None,
            self._dataset(test, "test"),
            self._skipped(),
            tuple(self.notes),
            options,
        )

    def measurable(self) -> Measurable:
        parts = {part: self._good(part) for part in ("test", "validation")}
        part = next((part for part, places in parts.items() if len(places)), "all")
        places = parts.get(part, np.flatnonzero(self.good))
        return Measurable(self._dataset(places, "test"), part, self._skipped(), tuple(self.notes))

    def _skipped(self) -> tuple[Skipped, ...]:
        entries = self.listing.entries
        failed = (Skipped(entries[i].name, reason) for i, reason in self.found.failed.items())
        return (*self.listing.skipped, *failed)

    def _good(self, part: str) -> Array:
        places = self.listing.of(part)
        return places[self.good[places]]

    def _classes(self) -> tuple[tuple[str, ...], Array]:
        """The classes that have an image, and labels that count only these."""
        names, labels = self.listing.classes, self.listing.labels
        counts = np.bincount(labels[self.good], minlength=len(names))
        if not counts.any():
            (first, reason), *_ = self.found.failed.items()
            raise InputError(
                f"none of {plural(len(self.listing), 'image')} of {self.listing.source} can be "
                f"read; the first, {self.listing.entries[first].name}: {reason}"
            )
        if gone := [name for name, count in zip(names, counts, strict=True) if not count]:
            self.notes.append(f"left out, without an image that can be read: {some(gone)}")
        kept = np.flatnonzero(counts)
        if len(kept) < self.least:
            raise InputError(
                f"{self.listing.source} has one class, {names[kept[0]]!r}, and a classifier tells "
                "two or more apart"
            )
        numbers = np.maximum(np.cumsum(counts > 0) - 1, 0)  # of a class that is gone: any
        return tuple(names[k] for k in kept), numbers[labels]

    def _hold_back(self, places: Array) -> tuple[Array, Array]:
        """(train, test): from every class the same share, drawn by no seed of the user's."""
        labels, share = self.labels[places], self.options.test
        most = len(places) - len(self.classes)
        if most < 2:
            counted = f"{plural(len(places), 'image')} of {plural(len(self.classes), 'class')}"
            raise InputError(
                f"{self.listing.source} has {counted}, too few to hold some back to test with: add "
                "more, or a folder test"
            )
        size = min(max(1, round(share * len(places))), most - 1)
        chosen = stratified(labels, size, 0, self.classes)
        self.notes.append(
            f"{plural(size, 'image')}, {share:.0%} of each class, held back to "
            "test with, as there is no test part"
        )
        return np.delete(places, chosen), places[chosen]

    def _expect_training(self, train: Array, test: Array) -> None:
        """Every class of the test has images to learn it from."""
        counts = np.bincount(self.labels[train], minlength=len(self.classes))
        if (missing := np.flatnonzero(counts == 0)).size:
            names = [repr(self.classes[k]) for k in missing]
            learned = [repr(self.classes[k]) for k in np.flatnonzero(counts)]
            near = [pair for pair in self.listing.alike if any(name in pair for name in names)]
            hint = f"; {some(near)} are different classes" if near else ""
            raise InputError(
                f"{some(names)} of {self.listing.source} {'has' if len(names) == 1 else 'have'} no "
                "image to train with, only to test with: add some to train, or take the class "
                f"out of the test; there are images to train {some(learned)}{hint}"
            )
        tested = np.bincount(self.labels[test], minlength=len(self.classes))
        if (missing := np.flatnonzero(tested == 0)).size:
            names = [self.classes[k] for k in missing]
            self.notes.append(f"without an image to test with: {some(names)}")

    def _dataset(self, places: Array, split: str) -> Dataset:
        paths = tuple([entry.name for entry in self.listing.entries])
        every = Dataset(self.found.images, self.labels, self.classes, "all", self.name, paths)
        dataset = every.take(places, split)
        said = repr((self.classes, places.tobytes(), dataset.labels.tobytes()))
        key = hashlib.sha256(said.encode()).hexdigest()
        return with_sha256(dataset, self.found.sha256(key, lambda: dataset.sha256))
