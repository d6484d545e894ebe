"""Findings about images that are there more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...text import plural
from .finding import Finding
from .near import groups, near_pairs
from .subject import Subject

SMALLEST = 16
"""Pixels a side from which images that look alike are likely to be copies."""

LEAK = "the test then measures memory: take them out of one of the two"


def copies(subject: Subject) -> Iterator[Finding]:
    good = subject.good
    digests = subject.records["digest"][good].copy().view("V16").ravel()
    _, first, member, sizes = np.unique(
        digests, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(member, kind="stable")
    ends = np.cumsum(sizes)
    same = [
        good[np.sort(order[end - n : end])].tolist()
        for end, n in zip(ends.tolist(), sizes.tolist(), strict=True)
        if n > 1
    ]
    yield from _sorted_out(subject, same, exact=True)
    if _side(subject) >= SMALLEST:
        once = np.sort(good[first])
        pairs = once[near_pairs(subject.records[once])]
        yield from _sorted_out(subject, groups(pairs), exact=False)


def _sorted_out(subject: Subject, same: Sequence[Sequence[int]], exact: bool) -> Iterator[Finding]:
    """By what is worst about each group: in both parts, of two classes, or just there twice."""
    leaks, torn, plain = [], [], []
    for group in same:
        places = tuple(group)
        if len({subject.parts[i] == "test" for i in places}) > 1:
            leaks.append(places)
        elif len({subject.labels[i] for i in places}) > 1:
            torn.append(places)
        else:
            plain.append(places)
    what, kind = ("the same", "exact") if exact else ("looking alike", "near")
    sure, maybe = ("error", "warning") if exact else ("warning", "note")
    if leaks:
        said = f"{_groups(leaks)} {what} in training and test"
        yield Finding(sure, f"{kind}-duplicates-across", said, LEAK, tuple(leaks))
    if torn:
        said = f"{_groups(torn)} {what} in different classes"
        fix = "keep the right one: their labels conflict"
        yield Finding(sure, f"{kind}-duplicates-conflicting", said, fix, tuple(torn))
    if plain:
        said = f"{_groups(plain)} {what}"
        fix = "keep one of each: they count more than once"
        if not (subject.parts == "test").any():
            fix += ", and may be both trained on and held back to test with"
        yield Finding(maybe, f"{kind}-duplicates", said, fix, tuple(plain))


def _groups(found: Sequence[Sequence[int]]) -> str:
    counted = plural(sum(map(len, found)), "image")
    return f"{counted} in {plural(len(found), 'group')}"


def _side(subject: Subject) -> float:
    records = subject.records[subject.good]
    if not len(records):
        return 0.0
    return float(np.median(np.minimum(records["width"], records["height"])))
