"""Which images there are, what they show, and what each is for: before any is opened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ...types import Array
from .names import alike, escaped, same_to_the_eye
from .names import class_name as class_name

SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".gif", ".webp", ".bmp", ".dib"),
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".tif", ".tiff"),
        *(".heic", ".heif", ".hif", ".avif"),
        *(".ppm", ".pgm", ".pbm", ".pnm"),
    )
)
"""How the names of images end. A file called otherwise is no image."""

PARTS = ("train", "validation", "test")
"""What an image is for, in the order in which images are listed."""

PART_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
"""What folders, and values in a column, call the parts."""


class Entry(NamedTuple):
    """A file that should be an image.

    name     below the root, with "/" between folders
    label    the name of its class
    part     one of PARTS
    size     in bytes
    changed  when its content was changed, in nanoseconds
    touched  when the file was changed in any way: no program can set this one back
    """

    name: str
    label: str
    part: str
    size: int
    changed: int
    touched: int


class Skipped(NamedTuple):
    """An image that is left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """The entries by part, class and name.

    source   the folder or the CSV file that was read
    labels   int64 (N,), the place of each entry's class in ``classes``
    skipped  what is left out already
    notes    what was found that a user should know, a sentence each
    """

    source: Path
    root: Path
    entries: tuple[Entry, ...]
    classes: tuple[str, ...]
    labels: Array
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def make(
        cls,
        source: Path,
        root: Path,
        entries: Iterable[Entry],
        skipped: Iterable[Skipped] = (),
        notes: Iterable[str] = (),
    ) -> Listing:
        """In order, with the classes numbered. InputError if there is no image, or if two
        classes have names of which the difference cannot be seen."""
        every = list(entries)
        if not every:
            raise InputError(f"{source} has no images; they end in .jpg, .png, .webp, .gif, .tif …")
        classes = in_order({entry.label for entry in every})
        for same in same_to_the_eye(classes):
            raise InputError(
                f"{source}: the classes {escaped(same)} are called alike but for letters that "
                "cannot be seen: rename one, or put their images together"
            )
        number = {name: k for k, name in enumerate(classes)}
        every.sort(key=lambda e: (PARTS.index(e.part), number[e.label], e.name))
        labels = np.array([number[entry.label] for entry in every], np.int64)
        return cls(source, root, tuple(every), classes, labels, tuple(skipped), tuple(notes))

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def alike(self) -> tuple[str, ...]:
        """The names of classes that may be meant to be one: "'Cat' and 'cat'"."""
        return tuple(" and ".join(map(repr, group)) for group in alike(self.classes))

    def path(self, i: int) -> str:
        """Where entry ``i`` lies."""
        return os.path.join(self.root, self.entries[i].name)

    def of(self, part: str) -> Array:
        """The places of the entries of a part, int64, ascending."""
        return np.flatnonzero(np.array([entry.part == part for entry in self.entries], bool))

    def key(self, *more: object) -> str:
        """32 hex digits for names and sizes in this order, and for whatever else decides."""
        every = "".join([f"{entry.name}\0{entry.size}\0" for entry in self.entries])
        digest = hashlib.sha256(repr(more).encode() + every.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]

    def stamps(self) -> Array:
        """int64 (N, 2): ``changed`` and ``touched`` of each entry."""
        stamps = (stamp for entry in self.entries for stamp in entry[4:])
        return np.fromiter(stamps, np.int64, 2 * len(self)).reshape(-1, 2)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names by the alphabet, or by their value where all are numbers: 2 before 10."""
    every = list(names)
    if all(name.isascii() and name.isdigit() for name in every):
        return tuple(sorted(every, key=lambda name: (int(name), name)))
    return tuple(sorted(every))


def is_image(name: str) -> bool:
    """Whether a file is called like an image."""
    return name[name.rfind(".") :].lower() in SUFFIXES


def some(names: Sequence[str], most: int = 3) -> str:
    """The first few of many names: "a, b, c and 4 more"."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
