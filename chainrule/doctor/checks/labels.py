"""Every class has images to learn from."""

from __future__ import annotations

import numpy as np

from ...text import plural
from ..check import Check
from ..context import CheckContext

NAME = "labels"
FEW = 5


def check(context: CheckContext) -> Check:
    """The number of the smallest class's training images."""
    classes = context.train.classes
    counts = np.bincount(context.train.labels, minlength=len(classes))
    least = int(counts.argmin())
    number = int(counts[least])
    shown = f"{plural(number, 'image')} of {classes[least]!r}, the smallest class"
    rule = f"at least {FEW}"
    if len(classes) < 2:
        return Check(
            NAME, "failed", 1, "one class", "two classes or more",
            "there is nothing to tell apart", "add images of another class",
        )  # fmt: skip
    if number == 0:
        missing = int((counts == 0).sum())
        return Check(
            NAME, "failed", 0, shown, rule,
            f"{missing} of {len(classes)} classes are never seen in training, so never predicted",
            "add images of them, or leave the classes out",
        )  # fmt: skip
    if number < FEW:
        return Check(
            NAME, "warning", number, shown, rule, "a class so small is not learned",
            "add images of it, or weigh classes with loss.class_weights",
        )  # fmt: skip
    return Check(NAME, "ok", number, shown, rule)
