"""One entry of every gradient beside its central difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..gradient_check.function import TOLERANCE, Arrays, check_entry
from ..gradient_check.problem import Problem
from ..types import Array
from .arrays import number
from .passes import Passes

MOST = 4  # arrays shown


@dataclass(frozen=True)
class _Given:
    """Σ y · dy, with the dy of the page."""

    dy: Array

    def __call__(self, y: Array, parameters: Any) -> tuple[float, Array]:
        return float((y * self.dy).sum()), self.dy

    def at(self, rows: Sequence[int]) -> _Given:
        return _Given(self.dy[list(rows)])


@dataclass(frozen=True)
class Gradient:
    """A gradient from backward, and what its central differences are taken of: ``path`` names its
    array in the ``problem``, ``label`` is what a page calls it. ``value`` is of any shape."""

    problem: Problem
    path: str
    label: str
    value: Array


def gradients(passes: Passes) -> list[Gradient]:
    """The gradient of every floating-point input and of every parameter, in float64."""
    floats = [x if x.dtype == np.uint8 else x.astype(np.float64) for x in passes.xs]
    problem = Problem(passes.untouched, floats, _Given(passes.dy.astype(np.float64)))
    _, _, dy, cache = problem.run(problem.arrays)
    gradient = problem.backward(dy, cache)
    inputs = zip(problem.names, passes.names, passes.xs, strict=True)
    labels = {path: f"d{name}" for path, name, x in inputs if x.dtype.kind == "f"}
    labels |= {path: f"{path}.grad" for path, _ in problem.parameters}
    return [
        Gradient(problem, path, label, value)
        for path, label in labels.items()
        if (value := gradient[path]) is not None
    ]


def differences(passes: Passes) -> list[tuple[str, str]]:
    """For the greatest entry of each gradient: its name, and both values in words."""
    found = gradients(passes)
    rows = [
        (one.label, difference(one.problem.value, one.problem.arrays, one.path, one.value))
        for one in found[:MOST]
    ]
    if len(found) > MOST:
        rows.append(("…", f"and {len(found) - MOST} more; chainrule.gradcheck checks all"))
    return rows


def difference(f: Callable[[Arrays], float], arrays: Arrays, path: str, gradient: Array) -> str:
    """The greatest entry of the ``gradient`` of ``arrays[path]`` beside its central difference."""
    at = tuple(int(i) for i in np.unravel_index(np.abs(gradient).argmax(), gradient.shape))
    verdict = check_entry(f, arrays, path, at, float(gradient[at]))
    text = f"backward {number(verdict.analytic)}, numeric {number(verdict.numeric)}"
    if verdict.kink:
        text += "  (a kink is near: the two sides differ)"
    elif verdict.error > TOLERANCE:
        text += f"  WRONG by a relative {verdict.error:.1e}"
    return f"[{', '.join(map(str, at))}]  {text}"
