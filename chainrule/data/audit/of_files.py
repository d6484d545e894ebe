"""Findings about single files: damaged, odd, blank, tiny."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ...text import plural
from .finding import Finding
from .subject import Subject

TINY, LONG, BLANK = 16, 4.0, 2.0

ONE = {"are": "is", "have": "has"}


def unreadable(subject: Subject) -> Iterator[Finding]:
    if subject.failed:
        yield Finding(
            "error",
            "unreadable",
            f"{plural(len(subject.failed), 'image')} cannot be read; a training skips them",
            "get them again, or remove them",
            names=tuple(f"{subject.names[i]}: {why}" for i, why in subject.failed.items()),
        )
    if subject.listing and subject.listing.skipped:
        skipped = subject.listing.skipped
        yield Finding(
            "error",
            "unusable-rows",
            f"{plural(len(skipped), 'image')} of the table cannot be used",
            "correct their rows",
            names=tuple(f"{name}: {why}" for name, why in skipped),
        )
    for note in subject.listing.notes if subject.listing else ():
        yield Finding("note", "left-out", note, "nothing, if this is meant")


def modes(subject: Subject) -> Iterator[Finding]:
    """Images that are not plain: what becomes of them is worth a look."""
    good = subject.good
    records = subject.records[good]
    odd = {
        "are CMYK": records["mode"] == b"CMYK",
        "are 16-bit": np.char.startswith(records["mode"], b"I"),
        "have a palette": np.char.startswith(records["mode"], b"P") & (records["format"] != b"GIF"),
        "are transparent": records["clear"],
        "have more frames than one, of which the first counts": records["frames"],
        "are turned upright by their EXIF tag": records["turned"],
        "have broken metadata (EXIF, text, profiles), which are ignored": records["ignored"],
    }
    for kind, chosen in odd.items():
        if chosen.any():
            verb, _, rest = kind.partition(" ")
            says = f"{ONE[verb]} {rest}" if chosen.sum() == 1 else kind
            yield Finding(
                "note",
                "odd-modes",
                f"{plural(int(chosen.sum()), 'image')} {says}",
                "nothing: they are converted; look whether the result is what you mean",
                tuple((int(i),) for i in good[chosen]),
            )
    gray = np.isin(records["mode"], [b"L", b"LA", b"1"]) | np.char.startswith(records["mode"], b"I")
    if 0 < gray.sum() < len(gray) / 2:
        chosen = good[gray]
        yield Finding(
            "note",
            "gray-among-color",
            f"{plural(len(chosen), 'image')} {'is' if len(chosen) == 1 else 'are'} gray among "
            "colored ones",
            "see that gray does not go with a class",
            tuple((int(i),) for i in chosen),
        )


def shapes(subject: Subject) -> Iterator[Finding]:
    good = subject.good
    records = subject.records[good]
    short = np.minimum(records["width"], records["height"])
    long = np.maximum(records["width"], records["height"])
    # Small images among larger ones: where all are small, that is what the data are.
    tiny = good[(short < TINY) & (np.median(short) >= TINY)] if len(short) else good
    if len(tiny):
        yield Finding(
            "warning",
            "tiny-images",
            f"{plural(len(tiny), 'image')} with a side under {TINY} pixels",
            "see whether they are thumbnails or icons that slipped in",
            tuple((int(i),) for i in tiny),
        )
    narrow = good[long > LONG * short]
    if len(narrow):
        yield Finding(
            "note",
            "narrow-images",
            f"{plural(len(narrow), 'image')} more than {LONG:g} times as long as wide",
            "train --set images.resize=crop, or pad, keeps their proportions",
            tuple((int(i),) for i in narrow),
        )
    blank = good[records["spread"] < BLANK]
    if len(blank):
        yield Finding(
            "warning",
            "blank-images",
            f"{plural(len(blank), 'image')} of a single shade",
            "remove them, unless a class is meant to be blank",
            tuple((int(i),) for i in blank),
        )


def telling_format(subject: Subject) -> Iterator[Finding]:
    """Does format, mode and size alone tell the class? Then a net may learn that instead.

    Each image is guessed to be of the commonest class among the *other* ones of its kind.
    """
    good = subject.good
    if len(good) < 50 or not subject.listing:
        return
    records, labels = subject.records[good], subject.labels[good]
    fields = ("format", "mode", "width", "height")
    kinds = np.unique(np.stack([records[f].astype("U10") for f in fields], 1), axis=0,
                      return_inverse=True)[1].ravel()  # fmt: skip
    cells = Counter(zip(kinds.tolist(), labels.tolist(), strict=True))
    best: dict[int, list[int]] = {}  # the counts of the two commonest classes of a kind
    for (kind, _), n in cells.items():
        best[kind] = sorted([*best.get(kind, [0, 0]), n])[-2:]
    right = 0
    for (kind, _), n in cells.items():
        second, first = best[kind]
        rival = second if n == first else first
        right += n if n - 1 > rival else 0
    share, guess = right / len(good), np.bincount(labels).max() / len(good)
    if share - guess > 0.25 * (1 - guess):
        yield Finding(
            "warning",
            "telling-format",
            f"file format, mode and size alone tell the class of {share:.0%} of the images "
            f"(guessing: {guess:.0%})",
            "save all classes in one format and size, or the net learns how they were saved",
        )
