"""What an audit has found."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("error", "warning", "note")
"""An error spoils a training or its test; a warning may; a note is good to know."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    name    a word for it, such as "exact-duplicates"
    says    what was found, in a sentence with its number
    fix     what to do about it
    groups  places of the images in question, those that belong together in one tuple
    names   files or classes in question that are no images, with what is wrong with them

    >>> finding = Finding("warning", "tiny-class", "cat has 2 images", "collect more")
    >>> finding.level, finding.groups
    ('warning', ())
    """

    level: str
    name: str
    says: str
    fix: str
    groups: tuple[tuple[int, ...], ...] = ()
    names: tuple[str, ...] = ()
