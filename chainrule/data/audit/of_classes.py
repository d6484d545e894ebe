"""Findings about classes: missing, tiny, unbalanced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...text import plural
from ...types import Array
from ..folder.names import alike
from .finding import Finding
from .subject import Subject

FEW, UNEVEN = 20, 10.0


def classes(subject: Subject) -> Iterator[Finding]:
    good = subject.good
    learned = good[subject.parts[good] != "test"]
    tested = good[subject.parts[good] == "test"]
    k = len(subject.classes)
    to_learn = np.bincount(subject.labels[learned], minlength=k)
    to_test = np.bincount(subject.labels[tested], minlength=k)
    name = subject.classes
    if k == 1:
        yield Finding(
            "error",
            "one-class",
            f"there is one class, {name[0]!r}",
            "a classifier tells two or more apart: add a folder for another",
        )
    if same := alike(name):
        groups = [", ".join(map(repr, group)) for group in same]
        yield _about("warning", "alike-classes", "of classes with names that say the same", groups)
    if empty := _those(name, to_learn + to_test == 0):
        yield _about("error", "empty-classes", "without an image that can be read", empty)
    if missing := _those(name, (to_learn == 0) & (to_test > 0)):
        yield _about("error", "only-in-test", "with images to test, none to train", missing)
    if untested := _those(name, (to_test == 0) & (to_learn > 0) & bool(len(tested))):
        yield _about("warning", "only-in-train", "without an image to test with", untested)
    if few := _those(name, (to_learn > 0) & (to_learn < FEW), to_learn):
        said = f"with fewer than {FEW} images to train with"
        yield _about("warning", "tiny-classes", said, few)
    present = to_learn[to_learn > 0]
    if len(present) > 1 and present.max() >= UNEVEN * present.min():
        most, least = int(to_learn.argmax()), int(np.where(to_learn, to_learn, 1 << 60).argmin())
        yield Finding(
            "warning",
            "imbalance",
            f"{name[most]!r} has {to_learn[most]:,} images to train with, {name[least]!r} "
            f"{to_learn[least]:,}: {to_learn[most] / to_learn[least]:.0f} times as many",
            "look at the accuracy of each class, not at the one of all; weigh or gather more",
        )


FIXES = {
    "alike-classes": "give them one name, if they are one class",
    "empty-classes": "remove the folder, or fill it",
    "only-in-test": "add some to train with, or take the class out of the test",
    "only-in-train": "add some to test with: how well the class is told is not measured",
    "tiny-classes": "gather more, or augment: so few are memorized",
}


def _those(names: Sequence[str], chosen: Array, counts: Array | None = None) -> list[str]:
    places = np.flatnonzero(chosen).tolist()
    return [names[i] if counts is None else f"{names[i]}: {counts[i]}" for i in places]


def _about(level: str, kind: str, said: str, names: Sequence[str]) -> Finding:
    word = "group" if kind == "alike-classes" else "class"
    said = f"{plural(len(names), word)} {said}"
    return Finding(level, kind, said, FIXES[kind], names=tuple(names))
