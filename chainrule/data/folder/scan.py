"""Folders of pictures: ``photos/cat/1.jpg``, or ``photos/train/cat/1.jpg`` and ``photos/test/…``"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from ...text import plural
from .listing import PART_NAMES, Entry, Listing, class_name, is_hidden, is_picture, some


def scan(root: Path) -> Listing:
    """The pictures in the class folders of ``root``, at any depth below them.

    The class folders lie in ``root``, or in its folders train, test and val (or training,
    testing, valid, validation, dev). Hidden files and folders are passed over. Links to folders
    are followed, each folder once, so that a loop ends.

    Raises InputError for a folder that cannot be read, and for one of another form.
    """
    walk = _Walk(root)
    parts = _parts(walk, root, walk.folders(root)) or [("train", root)]
    for folder in {root, *(folder for _, folder in parts)}:
        walk.first_time(folder)
    classes = [pair for part, folder in parts for pair in _classes(walk, part, folder)]
    entries: list[Entry] = []
    for part, folder in classes:
        found = list(walk.files(folder, class_name(folder.name), part))
        if not found:
            walk.notes.append(f"{walk.name(folder)}/ has no pictures: left out")
        entries += found
    if not entries and walk.pictures(root):
        raise InputError(
            f"{root} has pictures but no class folders: put those of each class into a folder "
            "of their own, as in photos/cat/1.jpg"
        )
    if walk.others:
        count = plural(len(walk.others), "file")
        walk.notes.append(f"left out {count} not called like pictures: {some(walk.others)}")
    return Listing.make(root, root, entries, notes=walk.notes)


def _parts(walk: _Walk, root: Path, folders: list[Path]) -> list[tuple[str, Path]]:
    """(part, folder) of the parts, none if the folders are classes.

    A folder called train may be a class, of railway trains: then it has pictures in itself.
    """
    named = [(PART_NAMES[f.name.lower()], f) for f in folders if f.name.lower() in PART_NAMES]
    with_classes = [pair for pair in named if walk.folders(pair[1])]
    if not any(part == "train" for part, _ in with_classes):
        if named and len(named) == len(folders):
            raise InputError(
                f"{root} needs a folder train with a folder for each class in it, as in "
                f"train/cat/1.jpg; it has {some([f.name for f in folders])}"
            )
        return []
    known = {folder for _, folder in named}
    strangers = [folder.name for folder in folders if folder not in known]
    loose = any(walk.pictures(folder) for part, folder in named if part == "train")
    if strangers and loose and len(with_classes) == 1:
        return []
    if strangers:
        walk.notes.append(f"left out what is neither train, test nor val: {some(strangers)}")
    for _, folder in named:
        if not walk.folders(folder) and walk.pictures(folder):
            walk.notes.append(
                f"{folder.name}/ has no class folders, so its pictures cannot be tested with: "
                "left out"
            )
    return with_classes


def _classes(walk: _Walk, part: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """(part, class folder) of each class."""
    loose = walk.pictures(folder)
    inner = walk.folders(folder)
    if loose and inner:
        walk.notes.append(
            f"left out {plural(len(loose), 'image')} in {folder.name}/ "
            f"outside every class folder: {some(loose)}"
        )
    return ((part, each) for each in inner if walk.first_time(each))


@dataclass
class _Walk:
    """What has been seen on the way through the folders."""

    root: Path
    notes: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def name(self, path: str | os.PathLike[str]) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def folders(self, folder: Path) -> list[Path]:
        return sorted(Path(e.path) for e in _look(folder) if _is_folder(e))

    def pictures(self, folder: Path) -> list[str]:
        return sorted(e.name for e in _look(folder) if is_picture(e.name) and not _is_folder(e))

    def files(self, folder: Path, label: str, part: str) -> Iterator[Entry]:
        """Every picture in a folder and the folders in it."""
        ahead = [os.fspath(folder)]
        while ahead:
            path = ahead.pop()
            name = self.name(path)  # once a folder: there may be millions of files
            for entry in _look(path):
                if _is_folder(entry):
                    ahead += [entry.path] if self.first_time(entry.path) else []
                elif is_picture(entry.name):
                    yield Entry(f"{name}/{entry.name}", label, part, *_stamps(entry))
                else:
                    self.others.append(f"{name}/{entry.name}")

    def first_time(self, folder: str | os.PathLike[str]) -> bool:
        """Whether this folder has not been here before, by whatever name."""
        try:
            stat = os.stat(folder)
        except OSError as error:
            raise InputError(f"cannot read {folder}: {error.strerror or error}") from error
        identity = stat.st_dev, stat.st_ino
        if identity in self.seen:
            self.notes.append(f"{self.name(folder)}/ is a link to a folder read already: left out")
            return False
        self.seen.add(identity)
        return True


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


def _look(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden. InputError if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not is_hidden(entry.name)]
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror or error}") from error
