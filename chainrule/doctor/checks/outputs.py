"""The model takes the images, and has an output for each class."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...text import plural
from ..check import Check
from ..context import CheckContext

NAME = "outputs"


def check(context: CheckContext) -> Check:
    classes = len(context.train.classes)
    rule = f"one for each of {plural(classes, 'class')}"
    images, _ = context.sample(2)
    try:
        with np.errstate(all="ignore"):
            logits = context.fresh()(images)
    except InputError as error:
        return Check(
            NAME, "failed", None, "the model refuses the images", rule, str(error),
            "build the model for images of this shape, with Normalize() in front",
        )  # fmt: skip
    if logits.ndim != 2 or logits.shape[1] != classes:
        number = logits.shape[-1]
        return Check(
            NAME, "failed", number, plural(number, "output"), rule,
            f"the last layer gives {logits.shape} for 2 images",
            f"give the last layer {plural(classes, 'output')}",
        )  # fmt: skip
    return Check(NAME, "ok", classes, plural(classes, "output"), rule)
