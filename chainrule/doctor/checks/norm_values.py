"""A norm takes each mean and variance over enough values to say something."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...layers.base import Layer
from ...layers.observe import observe
from ...layers.several import norms_of_batch
from ...text import plural
from ...training.fitting import expect_trainable
from ...types import Array
from ..check import Check, skipped
from ..context import CheckContext

NAME = "norm values"
LEAST = 8
"""A variance over n values is off by a factor of 1 ± √(2 / n), about: for 8 values, by a half."""


def check(context: CheckContext) -> Check:
    """The values a channel that batch norm and switchable norm see in a part of a batch, in the
    layer that sees fewest; other norms only must not see a single one."""
    rule = f"at least {LEAST} a channel"
    try:
        expect_trainable(context.fresh(), context.train, context.batch_size, context.accumulate)
    except InputError as error:
        return Check(
            NAME, "failed", 1, "1 value", rule,
            "a norm sees 1 value at a time, so it returns its shift for every image, learns "
            f"nothing, and predicts from a variance of 0: {error}",
            "batch norm needs batch_size=2 or more, better 16, in each part of accumulate; other "
            "norms larger images or fewer groups",
        )  # fmt: skip
    each = _values(context.fresh(), np.asarray(context.train.images[:2]))
    if not each:
        return skipped(NAME, "the model has no norm that looks across the batch")
    place, values = min(each.items(), key=lambda item: item[1])
    part = -(-context.batch_size // context.accumulate)
    number = values * part
    shown = f"{number} a channel in {place}, from {plural(part, 'image')} at a time"
    if number >= LEAST:
        return Check(NAME, "ok", number, shown, rule)
    return Check(
        NAME, "warning", number, shown, rule,
        "batch norm takes its mean and variance over so few values that they are mostly noise",
        f"batch_size={LEAST * context.accumulate} or more, a smaller accumulate, or a layer or "
        "group norm, which does not look across the batch",
    )  # fmt: skip


def _values(model: Layer, images: Array) -> dict[str, int]:
    """How many values a channel one image gives each norm that looks across the batch."""
    norms = {id(layer) for layer in norms_of_batch(model)}
    kinds = {type(layer) for layer in norms_of_batch(model)}
    found: dict[str, int] = {}

    def note(path: str, layer: Layer, x: Array, y: Array) -> None:
        if id(layer) in norms:
            kind = next(kind.__name__ for kind in kinds if isinstance(layer, kind))
            found[f"{path} ({kind})"] = x.size // (len(x) * x.shape[-1])

    with observe(model, note), np.errstate(all="ignore"):
        model(images)
    return found
