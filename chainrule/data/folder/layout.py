"""Which folders are parts, which are classes, and which only wrap them.

photos/cat/1.jpg                       a folder for each class
photos/train/cat/1.jpg, photos/test/…  a folder for each part, by whatever name: see `parts`
photos/cat/train/1.jpg, …              a folder for each class, and in each one for each part
archive/Photos/cat/1.jpg               any of these inside folders that hold nothing else

What may mean two things is refused: a wrong guess trains on classes that do not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...errors import InputError
from ...text import plural
from .listing import PARTS, some
from .names import class_name
from .nesting import (
    are_parts_of_classes,
    at,
    holds_train,
    is_mostly_loose,
    is_sure,
    is_unlabeled,
    wrapped,
)
from .parts import part_name
from .refusals import expect_no_parts, expect_no_train, expect_unlabeled
from .tree import Folder


class Branch(NamedTuple):
    """A folder, all images of which are of one part and of the class that is called ``name``."""

    part: str
    name: str
    folder: Folder


@dataclass
class Layout:
    """The branches of a tree, and what a user should know of how they were found."""

    source: str
    branches: list[Branch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: str, folders: Sequence[Folder]) -> None:
        """Class folders of a part; or of all parts, if each class has folders of parts in it."""
        if are_parts_of_classes(folders):
            for each in folders:
                self.branches += [Branch(_part(inner), each.name, inner) for inner in each.full]
            return
        expect_no_parts(self.source, folders)
        self.branches += [Branch(part, each.name, each) for each in folders]
        if deep := [f"{each.below}/{inner.name}" for each in folders for inner in each.full]:
            self.notes.append(f"the images in {some(deep)} are of the class above them")


def find_layout(source: str, root: Folder, to_train: bool = True) -> Layout:
    """The layout of the tree below ``root``, which messages call ``source``. To measure on it, and
    not ``to_train``, it needs no part for training.

    Raises InputError where none of the forms above is there, or two are.
    """
    layout = Layout(source)
    node = root
    while True:
        only = node.full[0] if len(node.full) == 1 else None
        inside = only is not None and holds_train(only)
        parts = [] if inside else _parts(at(source, node), node, to_train)
        if parts:
            _take_parts(layout, node, parts)
            break
        inner = wrapped(node)
        if inner is None:
            _take_classes(layout, "train", node)
            break
        _note_outside(layout, node, [inner])
        node = inner
    if node is not root:
        kind = "parts" if parts else "classes"
        layout.notes.insert(0, f"the {kind} are the folders in {at(source, node)}/")
    if not layout.branches and root.images:
        raise InputError(
            f"{source} has images but no class folders: put those of each class into a folder "
            "of their own, as in photos/cat/1.jpg"
        )
    return layout


def _take_parts(layout: Layout, node: Folder, parts: Sequence[tuple[str, Folder]]) -> None:
    """The classes of each part. A part other than training that holds only images, or a single
    folder of them that is no class to train, has no labels."""
    _note_outside(layout, node, [folder for _, folder in parts])
    for part in PARTS:
        if len(same := [folder.name for each, folder in parts if each == part]) > 1:
            layout.notes.append(f"{some(same)} are taken together, as the part {part}")
    trained: set[str] = set()
    for part, folder in sorted(parts, key=lambda pair: pair[0] != "train"):
        inside = folder
        while (inner := wrapped(inside)) and class_name(inner.name) not in trained:
            _note_outside(layout, inside, [inner])
            inside = inner
        names = {class_name(each.name) for each in inside.full}
        if not names:
            layout.notes.append(
                f"{folder.below}/ has no class folders, so its images cannot be used: left out"
            )
            continue
        if part != "train" and trained and is_unlabeled(inside) and not names & trained:
            layout.notes.append(
                f"{folder.below}/ has no folder of a class to train, only {some([*names])}: "
                "left out"
            )
            continue
        trained |= names if part == "train" else set()
        _take_classes(layout, part, inside)


def _take_classes(layout: Layout, part: str, node: Folder) -> None:
    if node.full:
        layout.add(part, node.full)
        _note_outside(layout, node, node.full)
    lonely = [each for each in node.full if (said := part_name(each.name)) and said.plain]
    if part == "train" and lonely:
        names = some([each.name for each in lonely])
        layout.notes.append(f"taken as a class, as it has no class folders in it: {names}")


def _note_outside(layout: Layout, node: Folder, taken: Sequence[Folder]) -> None:
    """Name what lies in a folder beside the folders in use."""
    here = node.below or "."
    if node.images:
        count = plural(len(node.images), "image")
        names = some([image.name for image in node.images])
        layout.notes.append(f"left out {count} in {here}/, in no class folder: {names}")
    for folder in node.folders:
        if not folder.count:
            layout.notes.append(f"{folder.below}/ has no images: left out")
    used = set(taken)
    others = [folder.name for folder in node.full if folder not in used]
    if others:
        layout.notes.append(f"left out what is neither train, test nor val: {some(others)}")


def _parts(place: str, node: Folder, to_train: bool) -> list[tuple[str, Folder]]:
    """(part, folder) of the parts that lie in a folder; none if the folders in it are no parts."""
    named = {f: said for f in node.full if (said := part_name(f.name))}
    sure = [f for f in named if is_sure(f, named)]
    parts = [f for f in sure if f.full]
    others = [f for f in node.full if f not in sure]
    if not any(named[f].part == "train" for f in parts):
        if to_train or not parts or others:
            expect_no_train(place, node, named, sure)
            return []
    elif others and all(named[f].part == "train" for f in sure):
        if all(is_mostly_loose(train) for train in sure):
            return []  # a class of railway trains
        for train in sure:
            expect_unlabeled(place, train, others)
    return [(named[f].part, f) for f in sure]


def _part(folder: Folder) -> str:
    said = part_name(folder.name)
    return said.part if said else "train"
