"""What a problem's value does along a direction, for patterns that ask for one number."""

from __future__ import annotations

from ...types import Array
from ..function import STEP, along
from ..problem import Problem


def slope_along(problem: Problem, name: str, direction: Array) -> float:
    """The derivative of the value when the array ``name`` goes along ``direction``."""
    curve = along(problem.value, problem.arrays, name, (..., direction))
    return (curve(STEP) - curve(-STEP)) / (2 * STEP)
