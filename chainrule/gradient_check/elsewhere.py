"""A second look at another point: a cache of some earlier forward fits one point by chance."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

import numpy as np

from ..random import generator
from .differences import Verdict, judge
from .function import ROUNDING, along
from .problem import Problem
from .result import ArrayCheck, GradCheck

CLEAR = 1e-4
"""A relative error beyond rounding and kinks. A cache of other values is off by more."""

PLACE = "along a random direction, at other values"


def check_elsewhere(problem: Problem, result: GradCheck, h: float) -> GradCheck:
    """``result`` of ``problem``, with those arrays failed whose gradient is wrong at the problem's
    `elsewhere`. One direction through each array is compared."""
    moved = problem.elsewhere()
    verdicts: dict[str, Verdict] = {}
    # Other values may be outside of what a layer can do: that is no mistake in its gradient.
    with suppress(Exception), np.errstate(all="ignore"):
        verdicts = _verdicts(moved, h, result.tolerance)
    rows = [_judged(row, verdicts.get(row.path)) for row in result.rows]
    return replace(result, rows=tuple(rows))


def _verdicts(problem: Problem, h: float, tolerance: float) -> dict[str, Verdict]:
    analytic_gradient, f0 = problem.analytic_gradient(), problem.value(problem.arrays)
    if not math.isfinite(f0):
        return {}
    tolerance = max(CLEAR, tolerance)
    floor = ROUNDING * max(1.0, abs(f0)) / h / tolerance
    found = {}
    for path, array in problem.arrays.items():
        if analytic_gradient[path].shape == array.shape:
            direction = generator("elsewhere", path).standard_normal(array.shape)
            direction /= max(float(np.linalg.norm(direction)), 1e-300)
            curve = along(problem.value, problem.arrays, path, (..., direction))
            slope = float(np.vdot(analytic_gradient[path], direction))
            found[path] = judge(curve, f0, slope, h=h, floor=floor, tolerance=tolerance)
    return found


def _judged(row: ArrayCheck, verdict: Verdict | None) -> ArrayCheck:
    if verdict is None or verdict.kink or not row.ok or verdict.error <= CLEAR:
        return row
    return replace(
        row, ok=False, error=verdict.error, worst=PLACE, analytic=verdict.analytic,
        numeric=verdict.numeric,
    )  # fmt: skip
