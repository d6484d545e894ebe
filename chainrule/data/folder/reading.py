"""From a folder or a CSV file to data sets."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...homes import user_cache
from ...printable import printable
from ...types import Array
from ..dataset import Dataset, with_sha256
from ..holdout import stratified
from ..places import as_path
from . import table
from .cache import Decoded, decoded
from .crew import Progress
from .listing import Listing, Skipped, some
from .options import PictureOptions
from .prune import prune
from .scan import scan


@dataclass(frozen=True)
class Pictures:
    """What a folder or a CSV file holds.

    train       what to train with; its last pictures are those of val, if there is such a part
    validation  int64, which of ``train`` these are; None if there is no such part
    test        what to test with
    skipped     the pictures that are left out, with the reason
    notes       what a user should know of how the data were taken, a sentence each
    options     how they were read, with nothing left open
    """

    train: Dataset
    validation: Array | None
    test: Dataset
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    options: PictureOptions


def list_pictures(path: str | os.PathLike[str], root: str = "") -> Listing:
    """Which pictures a folder or a CSV file names. InputError if it cannot be used."""
    place = as_path(path)
    if place.is_dir():
        return scan(place)
    if place.suffix.lower() in table.SUFFIXES:
        return table.read_table(place, as_path(root) if root else None)
    if place.exists():
        raise InputError(f"{place} is neither a folder of pictures nor a .csv file")
    raise InputError(f"there is no folder or file {place}")


def read_pictures(
    path: str | os.PathLike[str],
    options: PictureOptions | None = None,
    progress: Progress | None = None,
) -> Pictures:
    """The labelled pictures of a folder of class folders, or of a CSV file.

    They are decoded into a file in the user's cache, once, and read from there, so that they may
    be more than fit the memory. A picture that cannot be read is skipped. Where there is no test
    part, every class gives a share of its pictures, always the same ones.

    Raises InputError unless there are pictures of two classes or more.
    """
    from ..progress import counting

    options = options or PictureOptions()
    listing = list_pictures(path, options.root)
    shape = options.image_shape(listing)
    folder = as_path(options.cache_dir) if options.cache_dir else cache_folder()
    with counting("decoding pictures", progress) as shown:
        found = decoded(listing, shape, options.resize, folder, shown)
    if found.seconds:
        prune(folder, options.cache_gb * 1e9, found.folder)
    name = printable(as_path(path).resolve().stem) or "pictures"
    return _Reading(listing, found, name, options).pictures(shape)


def cache_folder() -> Path:
    """Where decoded pictures are kept unless somebody says so."""
    return user_cache() / "pictures"


class _Reading:
    """The pictures that could be decoded, dealt to the parts."""

    def __init__(
        self, listing: Listing, found: Decoded, name: str, options: PictureOptions
    ) -> None:
        self.listing, self.found, self.name, self.options = listing, found, name, options
        bad = np.isin(np.arange(len(listing)), list(found.failed))
        self.good = ~bad
        self.notes = list(listing.notes)
        self.classes, self.labels = self._classes()

    def pictures(self, shape: tuple[int, int, int]) -> Pictures:
        train, validation, test = (self._good(p) for p in ("train", "validation", "test"))
        if not len(test) and len(validation):
            self.notes.append("val/ is tested with, as there is no test/")
            validation, test = test, validation
        elif not len(test):
            train, test = self._hold_back(train)
        self._expect_training(train, test)
        entries = self.listing.entries
        failed = (Skipped(entries[i].name, reason) for i, reason in self.found.failed.items())
        options = PictureOptions(
            shape[:2],
            "grey" if shape[2] == 1 else "rgb",
            self.options.resize,
            self.options.test,
            self.options.root,
            self.options.cache_dir,
            self.options.cache_gb,
        )
        return Pictures(
            self._dataset(np.concatenate([train, validation]), "train"),
            len(train) + np.arange(len(validation)) if len(validation) else None,
            self._dataset(test, "test"),
            (*self.listing.skipped, *failed),
            tuple(self.notes),
            options,
        )

    def _good(self, part: str) -> Array:
        places = self.listing.of(part)
        return places[self.good[places]]

    def _classes(self) -> tuple[tuple[str, ...], Array]:
        """The classes that have a picture, and labels that count only these."""
        names, labels = self.listing.classes, self.listing.labels
        counts = np.bincount(labels[self.good], minlength=len(names))
        if not counts.any():
            (first, reason), *_ = self.found.failed.items()
            raise InputError(
                f"none of the {len(self.listing):,} pictures of {self.listing.source} can be read; "
                f"the first, {self.listing.entries[first].name}: {reason}"
            )
        if gone := [name for name, count in zip(names, counts, strict=True) if not count]:
            self.notes.append(f"left out, without a picture that can be read: {some(gone)}")
        kept = np.flatnonzero(counts)
        if len(kept) == 1:
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
            counted = f"{len(places):,} pictures of {len(self.classes):,} classes"
            raise InputError(
                f"{self.listing.source} has {counted}, too few to hold some back to test with: add "
                "more, or a folder test"
            )
        size = min(max(1, round(share * len(places))), most - 1)
        chosen = stratified(labels, size, 0, self.classes)
        self.notes.append(
            f"{size:,} picture{'s' if size > 1 else ''}, {share:.0%} of each class, held back to "
            "test with, as there is no test part"
        )
        return np.delete(places, chosen), places[chosen]

    def _expect_training(self, train: Array, test: Array) -> None:
        """Every class of the test has pictures to learn it from."""
        counts = np.bincount(self.labels[train], minlength=len(self.classes))
        if (missing := np.flatnonzero(counts == 0)).size:
            names = [repr(self.classes[k]) for k in missing]
            raise InputError(
                f"{some(names)} of {self.listing.source} has no picture to train with, only to "
                "test with: add some to train, or take the class out of the test"
            )
        tested = np.bincount(self.labels[test], minlength=len(self.classes))
        if (missing := np.flatnonzero(tested == 0)).size:
            names = [self.classes[k] for k in missing]
            self.notes.append(f"without a picture to test with: {some(names)}")

    def _dataset(self, places: Array, split: str) -> Dataset:
        every = Dataset(self.found.images, self.labels, self.classes, "all", self.name)
        dataset = every.take(places, split)
        said = repr((self.classes, places.tobytes(), dataset.labels.tobytes()))
        key = hashlib.sha256(said.encode()).hexdigest()
        return with_sha256(dataset, self.found.sha256(key, lambda: dataset.sha256))
