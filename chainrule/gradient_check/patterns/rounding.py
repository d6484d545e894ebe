"""Errors of numbers rather than of mathematics."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match
from ..numeric import numeric_gradient

COARSE = 1e-2  # a step at which rounding to 7 digits hardly shows


def not_finite(e: Mismatch) -> Match | None:
    """NaN or infinity in the gradient."""
    bad = int((~np.isfinite(e.analytic)).sum())
    if not bad:
        return None
    return Match(
        "not finite",
        f"{bad} of {e.analytic.size} entries are NaN or infinite",
        "look for 0/0, the log or root of 0, or exp of a large number in backward",
    )


def no_mistake(e: Mismatch) -> Match | None:
    """A difference quotient with more care agrees with all of the gradient."""
    if not (e.agrees and e.whole and e.known.all()):
        return None
    return Match(
        "no mistake found",
        "careful differences agree to 6 digits of the largest entries",
        "the step, the tolerance or a kink is to blame: take another h or another point",
    )


def single_precision(e: Mismatch) -> Match | None:
    """float32 somewhere inside: 7 digits, which a small h turns into noise."""
    if e.problem is None or not e.fits:
        return None
    _, y, _, _ = e.problem.run(e.problem.arrays)
    forward = _single(y) and not any(_single(x) for x in e.problem.inputs)
    if not forward and not _single(e.analytic):
        return None
    wide = numeric_gradient(e.problem.value, e.problem.arrays, e.name, h=COARSE, entries=100)
    there = np.isfinite(wide)
    size = np.linalg.norm(wide[there])
    error = np.linalg.norm((e.analytic - wide)[there]) / size if size else np.inf
    if not error < 1e-2:
        return None
    place = "the outputs" if forward else "the gradient"
    return Match(
        "float32 inside",
        f"{place} hold only 7 digits; with h = {COARSE:g} the error is {error:.1e}",
        "keep the dtype of the input: a fixed dtype or a float32 constant cuts float64 short",
    )


def _single(array: Array) -> bool:
    """Whether float32 could hold these numbers, which float64 numbers by chance do not."""
    nontrivial = array[(array != 0) & (array != 1)]
    return bool(nontrivial.size > 2) and bool(np.all(nontrivial == nontrivial.astype(np.float32)))
