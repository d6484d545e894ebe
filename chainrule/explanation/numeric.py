"""One entry of every gradient beside its central difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..gradient_check.function import TOLERANCE, Arrays, check_entry
from ..gradient_check.problem import Problem
from ..layers import Layer
from ..types import Array
from .arrays import number

MOST = 4  # arrays shown


@dataclass(frozen=True)
class _Given:
    """Σ y · dy, with the dy of the page."""

    dy: Array

    def __call__(self, y: Array, parameters: Any) -> tuple[float, Array]:
        return float((y * self.dy).sum()), self.dy

    def at(self, rows: Sequence[int]) -> _Given:
        return _Given(self.dy[list(rows)])


def differences(
    layer: Layer, names: list[str], xs: tuple[Array, ...], dy: Array
) -> list[tuple[str, str]]:
    """For the greatest entry of each gradient: its name, and both values in words."""
    floats = [x if x.dtype == np.uint8 else x.astype(np.float64) for x in xs]
    problem = Problem(layer, floats, _Given(dy.astype(np.float64)))
    _, _, dy, cache = problem.run(problem.arrays)
    gradient = problem.backward(dy, cache)
    inputs = zip(problem.names, names, xs, strict=True)
    labels = {path: f"d{name}" for path, name, x in inputs if x.dtype.kind == "f"}
    labels |= {path: f"{path}.grad" for path, _ in problem.parameters}
    found = [(path, label, grad) for path, label in labels.items()
             if (grad := gradient[path]) is not None]  # fmt: skip
    rows = [
        (label, difference(problem.value, problem.arrays, path, grad))
        for path, label, grad in found[:MOST]
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
