"""A gradient from values alone, entry by entry, with the doubtful entries left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..random import generator
from ..types import Array
from .differences import FINER, Curve, slopes

STEP = 1e-5
ENTRIES = 1000  # so many are as good as all of them to recognize a mistake by


def numeric_gradient(
    f: Callable[[Mapping[str, Array]], float],
    arrays: Mapping[str, Array],
    path: str,
    *,
    h: float = STEP,
    entries: int = ENTRIES,
) -> Array:
    """df/d``arrays[path]`` by central differences. NaN at kinks, and at what was not sampled."""
    x = arrays[path]
    f0 = f(arrays)
    gradient = np.full(x.shape, np.nan)
    rng = generator("numeric gradient", path)
    chosen = range(x.size) if x.size <= entries else rng.choice(x.size, entries, replace=False)
    moved = x.copy()
    place = {**arrays, path: moved}
    for i in chosen:
        index = np.unravel_index(int(i), x.shape)

        def curve(t: float, index: tuple[np.intp, ...] = index) -> float:
            moved[index] = x[index] + t  # a copy for each would be most of the time
            return f(place)

        gradient[index] = _slope(curve, f0, h)
        moved[index] = x[index]
    return gradient


def _slope(curve: Curve, f0: float, h: float) -> float:
    """The slope at 0, or NaN where a kink lies within the step.

    For a smooth f the one-sided slopes differ by h f'': little, a fourth of it for a step of a
    fourth, and their mean hardly changes. At a kink the two keep their distance; beside one the
    mean moves with the step.
    """
    left, right = slopes(curve, f0, h)
    mean, gap = (left + right) / 2, abs(right - left)
    if gap < 1e-3 * abs(mean) or gap < 1e-14 * max(1.0, abs(f0)) / h:
        return mean
    finer_left, finer_right = slopes(curve, f0, h / FINER)
    finer = (finer_left + finer_right) / 2
    if abs(finer_right - finer_left) > gap / 2 or abs(finer - mean) > gap / 10:
        return np.nan
    return (FINER**2 * finer - mean) / (FINER**2 - 1)
