"""Backward with what another forward left: the first one, the last one, one of the same shape."""

from __future__ import annotations

import numpy as np

from ...random import generator
from ..evidence import Mismatch
from ..findings import Match
from ..problem import Problem
from .slopes import slope_along

NAME = "cache of another forward"
FIX = "return all that backward needs as the cache, as new arrays; keep nothing of it on the layer"
SAME = 1e-12
OTHER = 1e-3


def another_forward(e: Mismatch) -> Match | None:
    """Right if there is but one forward, or not moved by what forward was given."""
    if e.problem is None or not e.fits:
        return None
    single = e.problem.copy(e.problem.inputs, e.problem.head)
    single.alone = True
    gradient = single.gradient()[e.name]
    if gradient is not None and (residual := e.residual(gradient)) < OTHER:
        what = "right after a single forward, wrong where there is another before or after it"
        return Match(NAME, what, FIX, residual)
    for what, moved in (
        ("the input", e.problem.elsewhere(parameters=False)),
        ("the parameters", e.problem.elsewhere(inputs=False)),
    ):
        if _stays(e, moved):
            said = f"it is the same whatever {what} that forward was given, and should not be"
            return Match(NAME, said, FIX, vague=True)
    return None


def _stays(e: Mismatch, moved: Problem) -> bool:
    """Whether backward says the same at other values, where differences do not."""
    assert e.problem is not None
    there = moved.gradient()[e.name]
    if there is None or there.shape != e.analytic.shape:
        return False
    size = float(np.linalg.norm(e.analytic))
    if not size or np.linalg.norm(there - e.analytic) > SAME * size:
        return False
    direction = generator("stale", e.name).standard_normal(e.value.shape)
    here, elsewhere = (slope_along(problem, e.name, direction) for problem in (e.problem, moved))
    return abs(here - elsewhere) > OTHER * (abs(here) + abs(elsewhere))
