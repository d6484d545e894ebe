"""Folder names that mean a part of the data: train, Training Set, seg_train, val2017 …"""

from __future__ import annotations

import re
from typing import NamedTuple

WORDS = {
    **dict.fromkeys(("train", "training", "trn", "trainval"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "devel"), "validation"),
    **dict.fromkeys(("test", "testing", "tst", "eval", "evaluation", "holdout"), "test"),
}

FILLERS = (
    *("set", "sets", "data", "dataset", "datasets", "image", "images", "img", "imgs", "picture"),
    *("pictures", "pics", "photos", "samples", "split", "part", "folder", "dir", "files"),
)

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
GLUED = re.compile(rf"[xy]?({'|'.join(WORDS)})(?:{'|'.join(FILLERS)})?")


class PartName(NamedTuple):
    """What a folder name says.

    part  "train", "validation" or "test"
    rest  what else is in the name, but for numbers and words such as "set": "seg" of seg_train
    """

    part: str
    rest: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Whether the name says nothing but the part."""
        return not self.rest


def part_name(name: str) -> PartName | None:
    """The part that a folder is called after, if it is; a name with two parts in it means
    neither, but training and validation together are to train with."""
    if glued := GLUED.fullmatch("".join(WORD.findall(name)).lower()):
        return PartName(WORDS[glued[1]], ())
    parts, rest = set(), []
    for word in part_words(name):
        if glued := GLUED.fullmatch(word):
            parts.add(WORDS[glued[1]])
        elif word not in FILLERS:
            rest.append(word)
    if parts == {"train", "validation"}:
        parts = {"train"}
    return PartName(parts.pop(), tuple(rest)) if len(parts) == 1 else None


def part_words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters: seg, train of ``SegTrain_2``."""
    return tuple(found.lower() for found in WORD.findall(name))
