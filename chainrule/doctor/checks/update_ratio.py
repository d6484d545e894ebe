"""A step changes the weights by about a thousandth of their size."""

from __future__ import annotations

from statistics import median

import numpy as np

from ..check import Check, graded, skipped
from ..context import CheckContext
from ..short_run import ShortRun

NAME = "update ratio"
STEPS, SECONDS = 20, 3.0
WARNING, FAILED = (1e-5, 0.1), (1e-7, 1.0)
RULE = f"near 1e-3: {WARNING[0]:g} to {WARNING[1]:g}"


def check(context: CheckContext) -> Check:
    """‖ΔW‖ / ‖W‖ at the highest rate of the schedule: of each step the median over the weights,
    and of these the median over the last steps of a short training; the largest where one throws
    the weights away at once."""
    model = context.fresh()
    short = ShortRun(model, context.steady(), context.loss, context.penalty, seconds=SECONDS)
    weights = [p for _, p in short.parameters if p.decay and np.any(p.value)]
    if not weights:
        return skipped(NAME, "the model has no weights")
    size = min(context.batch_size, 128)
    images, labels = context.sample(STEPS * size)
    ratios: list[float] = []
    for i in range(STEPS):
        chosen = np.arange(i * size, (i + 1) * size) % len(labels)
        before = [w.value.copy() for w in weights]
        short.step(images[chosen], labels[chosen])
        ratios.append(median(map(_ratio, before, (w.value for w in weights))))
        if short.over or not np.isfinite(ratios[-1]):
            break
    largest = max(ratios, key=lambda ratio: (ratio != ratio, ratio))  # a NaN is the largest
    number = largest if not largest <= FAILED[1] else median(ratios[len(ratios) // 2 :])
    verdict = graded(number, WARNING, FAILED)
    shown = f"{number:.2g} at a rate of {context.peak_lr:.3g}"
    if verdict == "ok":
        return Check(NAME, verdict, number, shown, RULE)
    return Check(NAME, verdict, number, shown, RULE, *reasons(low=number <= WARNING[0]))


def reasons(*, low: bool) -> tuple[str, str]:
    """(cause, fix) of a ratio that is too ``low``, or else too high."""
    if low:
        cause, fix = "the learning rate is too low, or the gradients vanish", "a higher rate"
    else:
        cause, fix = "the learning rate is too high", "a lower rate, or a warm-up"
    return cause, f"{fix} (optimizer.lr)"


def _ratio(before: np.ndarray, after: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(after - before) / np.linalg.norm(before))
