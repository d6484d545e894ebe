"""Every folder below a root with the image files in it, found in one walk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from .hidden import is_hidden
from .listing import is_image


class File(NamedTuple):
    """An image file: its name, its size in bytes, and when content and file were changed."""

    name: str
    size: int
    changed: int
    touched: int


@dataclass(eq=False)
class Folder:
    """A folder.

    path     as the system opens it
    below    its path below the root, with "/" between folders; "" is the root
    folders  the folders in it, by name
    images   the image files in it itself
    others   names of other files in it
    count    image files in it and in all folders below
    """

    path: str
    name: str
    below: str
    folders: list[Folder] = field(default_factory=list)
    images: list[File] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    count: int = 0

    @property
    def full(self) -> list[Folder]:
        """The folders in it that hold an image at any depth."""
        return [folder for folder in self.folders if folder.count]

    def inside(self, name: str) -> str:
        """The path below the root of what is called ``name`` in this folder."""
        return f"{self.below}/{name}" if self.below else name

    def walk(self) -> Iterator[Folder]:
        """This folder and all below it."""
        ahead = [self]
        while ahead:
            folder = ahead.pop()
            yield folder
            ahead += reversed(folder.folders)


@dataclass(frozen=True)
class Tree:
    """The root, and what was passed over: names of the system's files, and second ways to a
    folder."""

    root: Folder
    hidden: tuple[str, ...]
    linked: tuple[str, ...]


def read_tree(path: str | os.PathLike[str]) -> Tree:
    """All folders below ``path``. Links to folders are followed, each folder once: a loop ends.

    Where two ways lead to a folder, the shorter one counts, and of these one without a link.
    Raises InputError for a folder that cannot be read.
    """
    root = Folder(os.fspath(path), os.path.basename(os.path.abspath(path)), "")
    seen = {_identity(root.path)}
    hidden: list[str] = []
    linked: list[str] = []
    every, level = [root], [root]
    while level:
        found = [pair for folder in level for pair in _read(folder, hidden)]
        found.sort(key=lambda pair: pair[1])  # links last; else the order stays
        level = []
        for (parent, folder), _ in found:
            identity = _identity(folder.path)
            if identity in seen:
                linked.append(folder.below)
                continue
            seen.add(identity)
            parent.folders.append(folder)
            level.append(folder)
        every += level
    for folder in reversed(every):  # from the deepest level up
        folder.folders.sort(key=lambda inner: inner.name)
        folder.count = len(folder.images) + sum(inner.count for inner in folder.folders)
    return Tree(root, tuple(hidden), tuple(sorted(linked)))


def _read(folder: Folder, hidden: list[str]) -> list[tuple[tuple[Folder, Folder], bool]]:
    """Fill in the files of a folder; the folders in it, and whether each is a link."""
    inner = []
    try:
        with os.scandir(folder.path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"cannot read {Path(folder.path)}: {error.strerror or error}") from error
    for entry in found:
        is_folder = _is_folder(entry)
        if is_hidden(entry.name, is_folder):
            hidden.append(folder.inside(entry.name))
        elif is_folder:
            child = Folder(entry.path, entry.name, folder.inside(entry.name))
            inner.append(((folder, child), entry.is_symlink()))
        elif is_image(entry.name):
            folder.images.append(File(entry.name, *_stamps(entry)))
        else:
            folder.others.append(entry.name)
    return inner


def _identity(path: str) -> tuple[int, int]:
    """What tells a folder from all others, by whatever name it is reached."""
    try:
        stat = os.stat(path)
    except OSError as error:
        raise InputError(f"cannot read {Path(path)}: {error.strerror or error}") from error
    return stat.st_dev, stat.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _stamps(entry: os.DirEntry[str]) -> tuple[int, int, int]:
    """(size, changed, touched) of a file."""
    try:
        stat = entry.stat()
    except OSError:  # a link to nothing: said when it is opened
        return 0, 0, 0
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
