"""Questions about how folders of images lie in one another."""

from __future__ import annotations

from collections.abc import Sequence

from .names import class_name
from .parts import FILLERS, PartName, part_name, part_words
from .tree import Folder

UNLABELED = ("pred", "unlabel", "unknown", "extra", "sample")
"""What is in the names of folders of images without classes, beside those of parts."""


def wrapped(node: Folder) -> Folder | None:
    """The only folder with images in ``node``, if it has folders with images in itself."""
    if len(node.full) != 1 or len(node.images) > node.full[0].count:
        return None
    (inner,) = node.full
    return None if is_mostly_loose(inner) else inner


def core(folder: Folder) -> Folder:
    """What is left of a folder when all that only wraps is taken off."""
    while inner := wrapped(folder):
        folder = inner
    return folder


def is_mostly_loose(folder: Folder) -> bool:
    """Whether half of the images lie in the folder itself: it is a class then, not a part."""
    return 2 * len(folder.images) >= folder.count


def names(folders: Sequence[Folder]) -> set[str]:
    return {key(folder) for folder in folders}


def key(folder: Folder) -> str:
    return class_name(folder.name).casefold()


def is_sure(folder: Folder, named: dict[Folder, PartName]) -> bool:
    """Whether a name means a part: it says nothing else, or another says another part and
    otherwise the same, as seg_train and seg_test, or one holds folders of the same names."""
    said = named[folder]
    if said.plain:
        return True
    return any(
        other.rest == said.rest or names(core(f).full) & names(core(folder).full)
        for f, other in named.items()
        if other.part != said.part
    )


def holds_train(node: Folder) -> bool:
    """Whether a folder holds a part to train with."""
    named = {f: said for f in node.full if (said := part_name(f.name))}
    return any(f.full and named[f].part == "train" and is_sure(f, named) for f in named)


def are_parts_of_classes(folders: Sequence[Folder]) -> bool:
    """Whether each folder holds folders of parts and nothing else: cat/train, cat/test."""

    def parts(folder: Folder) -> set[str]:
        said = [part_name(inner.name) for inner in folder.full]
        return {name.part if name and name.plain else "" for name in said}

    found = [parts(folder) for folder in folders]
    return (
        all(each and "" not in each for each in found)
        and not any(folder.images for folder in folders)
        and all(is_mostly_loose(inner) for folder in folders for inner in folder.full)
        and any("train" in each for each in found)
    )


def is_unlabeled(folder: Folder) -> bool:
    """Whether all its images lie in one folder that is called after no class: test/images."""
    (inner, *others) = folder.full
    said = part_name(inner.name)
    plain = set(part_words(inner.name)) <= {*FILLERS, *part_words(folder.name)}
    return not others and (plain or said is not None or says_unlabeled(inner))


def says_unlabeled(folder: Folder) -> bool:
    return any(word in folder.name.lower() for word in UNLABELED)


def at(source: str, node: Folder) -> str:
    return f"{source.rstrip('/')}/{node.below}" if node.below else source
