"""Which of the recorded steps is the one to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..training.step_ring import LastSteps
from ..types import Array
from .origin import FACTOR

WINDOW = 64
"""A step is compared with so many steps before it."""


@dataclass(frozen=True)
class Choice:
    """A step, why it is looked at, and where what is seen in it may have begun."""

    step: int
    reason: str
    began: int | None = None


def choose(steps: LastSteps, step: int | None) -> Choice:
    """``step``; or, for None, the first whose loss or gradient is not finite, or else the one in
    which the loss rose most above the steps before it. InputError for one that is not recorded."""
    records = steps.records
    if not len(records):
        raise InputError("no step is recorded yet: the training ended before its first one")
    if step is not None:
        if steps.of(step) is None:
            first, last = (int(records["step"][i]) for i in (0, -1))
            raise InputError(
                f"step: expected one of the recorded steps, {first:,} to {last:,}, received "
                f"{step:,}"
            )
        return Choice(step, "", _began(records, step))
    losses, norms = records["loss"], gradient_norms(records)
    bad = np.flatnonzero(~(np.isfinite(losses) & np.isfinite(norms)))
    if len(bad):
        chosen = int(records["step"][bad[0]])
        loss = float(losses[bad[0]])
        what = "loss" if not math.isfinite(loss) else "gradient"
        reason = f"the first whose {what} is not finite"
        return Choice(chosen, reason, _began(records, chosen))
    place, before = _highest_rise(losses)
    chosen = int(records["step"][place])
    numbers = f"{losses[place]:.4g}, {before:.4g} in the steps before"
    rose = "the loss rose most" if losses[place] > before else "the loss fell least"
    reason = f"{rose}: {numbers}" if len(losses) > 1 else "the only one"
    return Choice(chosen, reason, _began(records, chosen))


def gradient_norms(records: Array) -> Array:
    """The norm of all gradients as one vector, float64 (n,)."""
    norms: Array = np.maximum(records["norms"], 0)  # which keeps NaN
    with np.errstate(over="ignore"):
        total: Array = np.sqrt(np.square(norms).sum(axis=1))
    return total


def _highest_rise(losses: Array) -> tuple[int, float]:
    """The place with the highest loss over the median of those before it, and that median."""
    best, rise, usual = 0, -math.inf, float(losses[0])
    for i in range(1, len(losses)):
        before = float(np.median(losses[max(0, i - WINDOW) : i]))
        if losses[i] - before > rise:
            best, rise, usual = i, float(losses[i] - before), before
    return best, usual


def _began(records: Array, step: int) -> int | None:
    """The first of the steps right before ``step`` whose gradient was an outlier already: what it
    did to the weights is there in all that follow."""
    place = int(np.searchsorted(records["step"], step))
    norms = gradient_norms(records[max(0, place - 2 * WINDOW) : place])
    numbers = records["step"][max(0, place - 2 * WINDOW) : place].tolist()
    for i in range(1, len(norms)):
        usual = float(np.median(norms[max(0, i - WINDOW) : i]))
        if norms[i] > FACTOR * usual > 0 and numbers[i] >= step - WINDOW:
            return int(numbers[i])
    return None
