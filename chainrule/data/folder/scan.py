"""Folders of images: ``photos/cat/1.jpg``, or ``photos/train/cat/1.jpg`` and ``photos/test/…``"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...errors import InputError
from ...text import plural
from .layout import Branch, find_layout
from .listing import Entry, Listing, some
from .names import class_name, escaped
from .tree import read_tree


def scan(root: Path, to_train: bool = True) -> Listing:
    """The images in the class folders of ``root``, at any depth below them.

    Which folders are classes, and which are parts such as train and test: see `layout`. Every
    command and function that reads a folder asks here. What systems leave in folders is passed
    over, which a note says. Links to folders are followed, each folder once, so that a loop ends.

    Raises InputError for a folder that cannot be read, and for one of another form.
    """
    tree = read_tree(root)
    layout = find_layout(str(root), tree.root, to_train)
    notes = layout.notes
    notes += _expect_one_name(root, layout.branches)
    entries: list[Entry] = []
    others: list[str] = []
    for part, name, branch in layout.branches:
        label = class_name(name)
        for folder in branch.walk():
            entries += [Entry(folder.inside(f.name), label, part, *f[1:]) for f in folder.images]
            others += [folder.inside(name) for name in folder.others]
    notes += [f"{name}/ is a link to a folder read already: left out" for name in tree.linked]
    if others:
        count = plural(len(others), "file")
        notes.append(f"left out {count} not called like images: {some(sorted(others))}")
    if tree.hidden:
        kinds = sorted({name.rpartition("/")[2] for name in tree.hidden})
        count = plural(len(tree.hidden), "system file")
        notes.append(f"left out {count}: {some(kinds)}")
    return Listing.make(root, root, entries, notes=notes)


def _expect_one_name(root: Path, branches: Iterable[Branch]) -> list[str]:
    """InputError if two folders of one part have names of which the difference cannot be seen;
    notes of classes that are written otherwise in another part."""
    spelled: dict[str, dict[str, set[str]]] = {}
    for part, name, _ in branches:
        spelled.setdefault(class_name(name), {}).setdefault(name, set()).add(part)
    notes = []
    for names in spelled.values():
        if len(names) == 1:
            continue
        if any(a & b for a in names.values() for b in names.values() if a is not b):
            raise InputError(
                f"{root}: the folders {escaped(sorted(names))} are called alike but for letters "
                "that cannot be seen: rename one, or put their images together"
            )
        notes.append(f"{escaped(sorted(names))} are one class, in different parts")
    return notes
