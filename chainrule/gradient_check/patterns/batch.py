"""Mistakes that a batch of one does not show."""

from __future__ import annotations

import numpy as np

from ..evidence import Mismatch
from ..findings import Match
from ..problem import Upstream

MOST = 8  # samples that are looked at one by one


def one_sample_only(e: Mismatch) -> Match | None:
    """A parameter's gradient is that of one sample, not of their sum."""
    if e.problem is None or e.of_input or not e.fits or not 1 < e.size <= MOST:
        return None
    if not isinstance(e.problem.head, Upstream):
        return None
    each = [e.problem.at([i]).gradient()[e.name] for i in range(e.size)]
    if any(part is None or part.shape != e.value.shape for part in each):
        return None
    parts = [part for part in each if part is not None]
    for i, part in enumerate(parts):
        if e.norm(e.analytic - part) <= 1e-9 * e.norm(part):
            return Match(
                "only one sample counts",
                f"it is the gradient of sample {i} of {e.size} alone",
                "sum over the batch: += inside the loop, or a sum over axis 0",
                e.residual(sum(parts, np.zeros_like(e.value))),
            )
    return None


def wrong_beyond_one(e: Mismatch) -> Match | None:
    """Each sample alone is right, all together are wrong: they get mixed."""
    if e.problem is None or not 1 < e.size <= MOST:
        return None
    alone = [e.at([i]) for i in range(e.size)]
    # A norm of one sample may have no gradient at all, which proves nothing.
    if not all(one.agrees and one.norm(one.numeric) > 1e-3 * e.error / e.size for one in alone):
        return None
    return Match(
        "right for a batch of one",
        f"each of {e.size} samples alone is right, together they are wrong",
        "look for a sum, mean or index over the batch axis",
        vague=True,
    )
