"""A gradient beside central differences, for any scalar function of named arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..random import generator
from ..types import Array
from .differences import Curve, Verdict, judge
from .result import ArrayCheck, GradCheck

Arrays = Mapping[str, Array]

STEP = 1e-5
TOLERANCE = 1e-6

# f is known to a few units in its last place, so a difference quotient to that many over h. In
# nets of three to four layers the true noise was at most a tenth of this.
ROUNDING = 8 * float(np.finfo(np.float64).eps)


def compare(
    f: Callable[[Arrays], float],
    arrays: Arrays,
    gradient: Arrays,
    *,
    h: float = STEP,
    samples: int | None = None,
    seed: int = 0,
    tolerance: float = TOLERANCE,
    floor: float | None = None,
) -> GradCheck:
    """Compare ``gradient`` with the central differences (f(x + h) - f(x - h)) / 2h.

    See `check_function` for the arguments; a wrong gradient has no diagnosis yet.
    """
    if not (h > 0 and math.isfinite(h)):
        raise InputError(f"h: expected a positive step such as 1e-5, received {h}")
    if samples is not None and samples < 1:
        raise InputError(f"samples: expected 1 or more entries an array, received {samples}")
    f0 = f(arrays)
    if not math.isfinite(f0):
        raise InputError(f"the function to check is {f0} at this point: nothing to differentiate")
    if floor is None:
        floor = ROUNDING * max(1.0, abs(f0)) / h / tolerance

    rows = []
    for path, x in arrays.items():
        if gradient[path].shape != x.shape:
            rows.append(ArrayCheck.misshapen(path, x.shape, gradient[path].shape))
            continue
        verdicts: list[tuple[str, Verdict]] = []
        for where, move, slope in _moves(x, gradient[path], samples, seed, path):
            curve = along(f, arrays, path, move)
            verdict = judge(curve, f0, slope, h=h, floor=floor, tolerance=tolerance)
            verdicts.append((where, verdict))
        rows.append(ArrayCheck.of(path, x, verdicts, tolerance))
    return GradCheck(tuple(rows), f0, h, tolerance)


Move = tuple[Any, Any]  # an index into an array, and the direction to move what is there


def _moves(
    x: Array, grad: Array, samples: int | None, seed: int, path: str
) -> Iterator[tuple[str, Move, float]]:
    """(name, move, analytic slope along it): single entries, then one direction through all."""
    rng = generator("gradient check", seed, path)
    some = samples is not None and samples < x.size
    chosen = np.sort(rng.choice(x.size, samples, replace=False)) if some else range(x.size)
    for i in chosen:
        index = tuple(int(k) for k in np.unravel_index(i, x.shape))
        name = f"[{', '.join(map(str, index))}]"
        yield name, (index, 1.0), float(grad[index])
    if some:
        direction = rng.standard_normal(x.shape)
        direction /= np.linalg.norm(direction)
        yield "along a random direction", (..., direction), float(np.vdot(grad, direction))


def along(f: Callable[[Arrays], float], arrays: Arrays, path: str, move: Move) -> Curve:
    """t -> f with ``arrays[path]`` moved by t."""
    index, direction = move

    def curve(t: float) -> float:
        moved = arrays[path].copy()
        moved[index] += t * direction
        return f({**arrays, path: moved})

    return curve


def check_entry(
    f: Callable[[Arrays], float], arrays: Arrays, path: str, index: tuple[int, ...], analytic: float
) -> Verdict:
    """``analytic``, the derivative of ``f`` by one entry of ``arrays[path]``, beside its central
    difference."""
    f0 = f(arrays)
    floor = ROUNDING * max(1.0, abs(f0)) / STEP / TOLERANCE
    curve = along(f, arrays, path, (index, 1.0))
    return judge(curve, f0, analytic, h=STEP, floor=floor, tolerance=TOLERANCE)
