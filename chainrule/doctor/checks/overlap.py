"""No test image is a training image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from ...text import plural
from ...types import Array
from ..check import Check, skipped
from ..context import CheckContext

NAME = "overlap"
SECONDS = 5.0
ACCEPTED = 0.001
FAILED = 0.01
SHOWN = 3


def check(context: CheckContext) -> Check:
    """The share of test images that are in the training set, pixel for pixel."""
    if context.test is None or not len(context.test):
        return skipped(NAME, "there are no test images")
    test, end = context.test, perf_counter() + SECONDS
    if test.images.shape[1:] != context.train.images.shape[1:]:
        return Check(
            NAME, "failed", None, f"test images of shape {test.images.shape[1:]}",
            f"{context.train.images.shape[1:]}, as in training",
            "the two sets were prepared in different ways", "read both by one path",
        )  # fmt: skip
    known: dict[bytes, int] = {}  # by what a test image looks like: its index
    for i, key in hashes(test.images):
        known.setdefault(key, i)
        if perf_counter() > end:
            break
    looked_at = 0
    found: dict[bytes, int] = {}  # … and that of the first training image like it
    for i, key in hashes(context.train.images):
        looked_at = i + 1
        if key in known:
            found.setdefault(key, i)
        if i % 1000 == 0 and perf_counter() > end + SECONDS:
            break
    share = len(found) / max(1, len(known))
    more = "" if looked_at == len(context.train) else f", of {looked_at:,} looked at"
    shown = f"{len(found):,} of {plural(len(known), 'test image')} in the training set{more}"
    rule = f"at most {ACCEPTED:.1%}"
    if share <= ACCEPTED:
        return Check(NAME, "ok", share, shown, rule)
    pairs = [
        f"{test.name_of(known[key])} is {context.train.name_of(i)} of training"
        for key, i in list(found.items())[:SHOWN]
    ]
    return Check(
        NAME, "failed" if share > FAILED else "warning", share, shown, rule,
        f"test images leaked into the training set, so that the test accuracy is too good: "
        f"{'; '.join(pairs)}{' …' if len(found) > SHOWN else ''}",
        "remove them from the training set; chainrule data audit lists duplicates",
    )  # fmt: skip


def hashes(images: Array) -> Iterator[tuple[int, bytes]]:
    """(index, digest) of each image; larger than memory works."""
    for i in range(len(images)):
        image = np.ascontiguousarray(images[i])
        yield i, hashlib.blake2b(image.data, digest_size=16).digest()
