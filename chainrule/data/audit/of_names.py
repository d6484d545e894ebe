"""Findings about file names: those that say another class, and copies of one another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from ...text import plural
from .finding import Finding
from .subject import Subject

COPY = re.compile(
    r"(?:[ _-]*(?:\(\d+\)|copy|copie|kopie|aug(?:mented)?|flip(?:ped)?|rot(?:ated)?|crop(?:ped)?|"
    r"mirror(?:ed)?|resized?|edited|small|thumb)(?:[ _-]?\d*))+$",
    re.IGNORECASE,
)
"""How the names of copies end."""


def names(subject: Subject) -> Iterator[Finding]:
    if subject.listing is None:
        return
    yield from _another_class(subject)
    yield from _copies_across(subject)


def _another_class(subject: Subject) -> Iterator[Finding]:
    """A dog in the folder of cats, if its name is to be believed."""
    words = {_plain(name): k for k, name in enumerate(subject.classes) if len(_plain(name)) >= 3}
    places = []
    for i in subject.good.tolist():
        stem = subject.names[i].rpartition("/")[2].rpartition(".")[0].lower()
        tokens = re.findall(r"[^\W\d_]+", stem)
        said = {words[t] for t in (*tokens, *(a + b for a, b in pairwise(tokens))) if t in words}
        if said and int(subject.labels[i]) not in said:
            places.append((i,))
    if places:
        yield Finding(
            "warning",
            "named-otherwise",
            f"{plural(len(places), 'image')} with another class in the file's name",
            "see whether they lie in the wrong folder",
            tuple(places),
        )


def _copies_across(subject: Subject) -> Iterator[Finding]:
    """photo.jpg to train with, photo_flipped.jpg to test with."""
    stems: dict[tuple[int, str], list[tuple[int, bool]]] = defaultdict(list)
    for i in subject.good.tolist():
        stem = subject.names[i].rpartition("/")[2].rpartition(".")[0]
        original = COPY.sub("", stem)
        if original:
            stems[int(subject.labels[i]), original].append((i, original != stem))
    found = []
    for same in stems.values():
        apart = len({subject.parts[i] == "test" for i, _ in same}) > 1
        if apart and any(copied for _, copied in same):
            found.append(tuple(i for i, _ in same))
    if found:
        yield Finding(
            "warning",
            "copies-by-name",
            f"{plural(len(found), 'group')} of training and test images that are copies of one "
            "another by their names",
            "keep everything that was made of one image in one part",
            tuple(found),
        )


def _plain(name: str) -> str:
    return "".join(re.findall(r"[^\W\d_]+", name.lower()))
