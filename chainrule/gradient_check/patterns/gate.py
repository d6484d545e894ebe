"""Gates: ReLU, dropout and their like let dy through in some places and stop it in others."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match

CLOSE = 1e-5
ENOUGH = 3  # entries that must be there on each side before a gate is seen


def wrong_gate(e: Mismatch) -> Match | None:
    """n = s dy m with a mask m of 0 and 1, and the analytic gradient has another mask, or none."""
    if not e.of_input or e.problem is None or len(e.problem.names) != 1 or not e.fits:
        return None
    x, _, dy = e.passes
    if dy.shape != x.shape:
        return None
    a, n, x, dy = (array[e.known] for array in (e.analytic, e.numeric, x, dy))
    mask = np.abs(n) > CLOSE * np.abs(dy)
    if min(mask.sum(), (~mask).sum()) < ENOUGH:
        return None
    scale = float(np.median(n[mask] / dy[mask]))
    if not _near(n, scale * dy * mask):
        return None

    by_sign = bool(np.all(mask == (x > 0)))
    gate = "the mask of x > 0" if by_sign else "the mask of forward"
    for name, what, fix, claimed in (
        ("gate missing", "dy passes everywhere", f"multiply dy by {gate}", np.ones_like(mask)),
        ("gate on the wrong side", "dy passes just where it should stop",
         f"use {gate}, not its opposite", ~mask),
        ("gated by dy", "dy passes where dy > 0", f"use {gate}: the sign of dy has no say", dy > 0),
    ):  # fmt: skip
        if _near(a, scale * dy * claimed):
            what = f"{what}; forward lets {mask.sum()} of {mask.size} through"
            return Match(name, what, fix, _rest(a, scale * dy * claimed, e))
    other = np.abs(a) > CLOSE * np.abs(dy)
    if _near(a, scale * dy * other):
        what = f"{(other != mask).sum()} of {mask.size} entries pass or stop against forward's mask"
        fix = "keep forward's mask, or its key, in the cache; do not draw again"
        return Match("another mask than forward's", what, fix, _rest(a, scale * dy * other, e))
    return None


def one_side(e: Mismatch) -> Match | None:
    """Right for x > 0 and wrong for x < 0, or the other way round."""
    if not e.of_input or not e.fits:
        return None
    x, d = e.value[e.known], np.abs(e.difference[e.known])
    wrong = d > 1e-6 * np.abs(e.numeric[e.known]).max(initial=0)
    for name, side in (("x < 0", x < 0), ("x > 0", x > 0)):
        if min(side.sum(), (~side).sum()) < 2 * ENOUGH or not np.any(wrong):
            continue
        if np.all(side[wrong]) and wrong.sum() >= 0.9 * side.sum():
            what = f"{wrong.sum()} of {side.sum()} entries there, none of {(~side).sum()} elsewhere"
            fix = f"look at the piece of the function for {name}, its slope and its mask"
            return Match(f"wrong only where {name}", what, fix, vague=True)
    return None


def _near(array: Array, model: Array) -> bool:
    return bool(np.linalg.norm(array - model) <= CLOSE * np.linalg.norm(array))


def _rest(array: Array, model: Array, e: Mismatch) -> float:
    return float(np.linalg.norm(array - model)) / e.error
