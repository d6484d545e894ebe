"""Layouts that may mean two things, refused with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...errors import InputError
from .listing import some
from .nesting import core, holds_train, is_mostly_loose, key, names, says_unlabeled
from .parts import PartName, part_name, part_words
from .tree import Folder

TABLE = "a .csv file with the columns path and label says it, too"


def expect_no_train(
    place: str, node: Folder, named: dict[Folder, PartName], sure: Sequence[Folder]
) -> None:
    """InputError if folders are called after parts, and are no classes, but none holds classes to
    train."""
    parts = {named[f].part for f in sure}
    if sure and (len(sure) == len(node.full) or ("train" in parts and len(parts) > 1)):
        raise InputError(
            f"{place} needs a folder train with a folder for each class in it, as in "
            f"train/cat/1.jpg; it has {some([f.name for f in node.full])}"
        )
    for folder in named:
        others = [f for f in node.full if f is not folder]
        if not others or is_mostly_loose(folder):
            continue
        others_said, inside = some([f.name for f in others]), some([f.name for f in folder.full])
        raise InputError(
            f"{place}/{folder.name} is called like a part of the data and holds folders "
            f"({inside}), but there is no part to train with beside it, only {others_said}: "
            + (
                f"move {others_said} into a folder train"
                if names(folder.full) & names(others)
                else "if it is a class, move its images out of the folders in it; if not, move it"
                f" away, or give {place}/{folder.name} alone"
            )
        )


def expect_unlabeled(place: str, train: Folder, others: Sequence[Folder]) -> None:
    """Beside a single part lie only folders without labels, or with the same classes."""
    for folder in others:
        if not says_unlabeled(folder) and not names(folder.full) & names(train.full):
            raise InputError(
                f"{place} has a folder {train.name} with folders in it "
                f"({some([f.name for f in train.full])}), and {folder.name} beside it: if "
                f"{train.name} is the part to train with, give {place}/{train.name} alone; if it "
                "is a class, move its images out of the folders in it"
            )


def expect_no_parts(source: str, folders: Sequence[Folder]) -> None:
    """InputError if folders that should be classes hold folders of the same names, or of each
    other's: then it is these that are the classes, or neither. One name that all of them hold,
    such as cat/images and dog/images, tells nothing apart."""
    holders = {f: names(core(f).full) for f in folders if not is_mostly_loose(f)}
    counts = Counter(name for inside in holders.values() for name in inside)
    shared = sorted(name for name, count in counts.items() if count > 1)
    if shared and len(counts) > 1:
        said = some([f.name for f in holders])
        raise InputError(
            f"{source}: {said} hold folders of the same names ({some(shared)}), so it is unclear "
            f"which are the classes. If {said} are parts of the data, call them train, val and "
            "test; if they are classes, take the images out of the folders in them; "
            f"{TABLE}"
        )
    for folder in folders:
        if holds_train(folder):
            raise InputError(
                f"{source}: {folder.below} holds parts of its own, beside "
                f"{some([f.name for f in folders if f is not folder])}: give it alone"
            )
    beside = names(folders)
    for folder, inside in holders.items():
        if copied := sorted((inside & beside) - {key(folder)}):
            raise InputError(
                f"{source}: {folder.below} holds folders called like the classes beside it "
                f"({some(copied)}): if it is a part of the data, call it test, and move the others "
                "into a folder train; if it is a copy of them, move it away"
            )
    named = {f: name for f in folders if (name := part_name(f.name)) and name.rest}
    words = {part_words(f.name) for f in folders}
    halves = [f.name for f, name in named.items() if name.rest in words]
    if len(halves) > 1:
        raise InputError(
            f"{source}: {some(halves)} are called like parts of the classes beside them: make "
            "folders train and test, and in each of them one for each class; " + TABLE
        )
