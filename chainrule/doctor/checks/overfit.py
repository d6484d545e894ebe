"""A few images can be memorized."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from ...layers.several import smallest_batch
from ...optim import Adam
from ...text import plural
from ..check import Check, skipped
from ..context import CheckContext
from ..short_run import ShortRun
from .overlap import hashes

NAME = "overfit"
IMAGES, FEW = 50, 16
STEPS, SECONDS, LR = 400, 8.0, 1e-3
ENOUGH = 100  # steps after which it should have worked


def check(context: CheckContext) -> Check:
    """The share of 50 images that the model gets right after some steps on them alone, with
    Adam at 1e-3, without dropout and penalty; large models get fewer images."""
    images, labels = context.sample(4 * IMAGES)
    chosen = _different(images)[:IMAGES]
    if len(chosen) < smallest_batch(context.model):
        return skipped(NAME, "no two images of those looked at differ")
    short = ShortRun(context.fresh(dropout=False), Adam(LR), context.loss, seconds=SECONDS)
    images, labels = images[chosen], labels[chosen]
    best = short.step(images, labels)  # the first may have to compile
    start = perf_counter()
    best = max(best, short.step(images, labels))
    if perf_counter() - start > SECONDS / ENOUGH:
        images, labels = images[:FEW], labels[:FEW]
    while short.steps < STEPS and best < 1 and not short.over:
        best = max(best, short.step(images, labels))
    shown = f"{best:.0%} of {plural(len(labels), 'image')} after {plural(short.steps, 'step')}"
    rule = "100 %"
    if best == 1:
        return Check(NAME, "ok", best, shown, rule)
    if short.steps < ENOUGH:
        return Check(
            NAME, "warning", best, shown, rule, f"{SECONDS:.0f} s were too short to tell",
            "train longer on a few images to be sure",
        )  # fmt: skip
    return Check(
        NAME, "failed", best, shown, rule,
        "the model does not learn: a wrong backward, vanishing signals, or outputs that ignore "
        "the input",
        "see the checks above; if they are fine, the model is too small for the images",
    )  # fmt: skip


def _different(images: np.ndarray) -> list[int]:
    """One index of each image that is there: two labels of one cannot both be learned."""
    first = {key: i for i, key in reversed(list(hashes(images)))}
    return sorted(first.values())
