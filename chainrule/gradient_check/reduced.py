"""The same layer on less: a mistake in a formula shows on a few pixels as well as on many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from ..types import Array
from .problem import Problem, Upstream

NUMBERS = 2048  # that an input is cut to, where a layer takes so little
SIDES = (2, 3, 4, 6, 8, 12, 16)
FEWEST = 2  # samples


def reduced(problem: Problem, numbers: int = NUMBERS) -> Iterator[Problem]:
    """``problem`` with fewer samples and a corner of each image, smallest first, where the layer
    takes that; the problem itself is not among them. Only a layer that stands alone can be cut:
    a loss has labels for all samples."""
    if not isinstance(problem.head, Upstream):
        return
    found = set()
    for side in _sides(problem.inputs, numbers):
        cut = [_cut(x, side) for x in problem.inputs]
        each = max(1, sum(x[:1].size for x in cut))
        n = min(problem.size, max(FEWEST, numbers // each))
        shapes = tuple((n, *x.shape[1:]) for x in cut)
        if shapes in found or shapes == tuple(x.shape for x in problem.inputs):
            continue
        found.add(shapes)
        smaller = problem.copy([x[:n] for x in cut], problem.head.at(range(n)))
        with suppress(Exception), np.errstate(all="ignore"):
            smaller.analytic_gradient()
            yield smaller


def _sides(inputs: Sequence[Array], numbers: int) -> list[int]:
    """Sides of an image to try: the largest that keeps to the numbers, those up to twice as long,
    and 0 for the whole image."""
    if not all(x.ndim == 4 for x in inputs):
        return [0]
    channels = sum(x.shape[-1] for x in inputs)
    fitting = [side for side in SIDES if FEWEST * side**2 * channels <= numbers]
    first = fitting[-1] if fitting else SIDES[0]
    return [*(side for side in SIDES if first <= side <= 2 * first), 0]


def _cut(x: Array, side: int) -> Array:
    return np.ascontiguousarray(x[:, :side, :side]) if side and x.ndim == 4 else x
