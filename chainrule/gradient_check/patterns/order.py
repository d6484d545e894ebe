"""The right numbers in the wrong places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match

MOST_SLICES = 64


def transposed(e: Mismatch) -> Match | None:
    """aᵀ is right."""
    return _best(
        Match(
            "transposed",
            f"right after transpose{axes}; shape {e.analytic.shape}",
            "exchange the factors: (dyᵀ x)ᵀ = xᵀ dy",
            e.residual(e.analytic.transpose(axes)),
        )
        for axes in permutations(range(e.analytic.ndim))
        if axes != tuple(range(e.analytic.ndim))
    )


def flipped(e: Mismatch) -> Match | None:
    """Right when read backwards along some axes: correlation and convolution mixed up."""
    return _best(
        Match(
            "flipped",
            f"right when turned around along axes {axes}",
            "a convolution turns its kernel around, a correlation does not: drop or add [::-1]",
            e.residual(np.flip(e.analytic, axes)),
        )
        for count in range(1, e.analytic.ndim + 1)
        for axes in combinations(range(e.analytic.ndim), count)
    )


def reordered(e: Mismatch) -> Match | None:
    """Reshaped where a transpose was needed, or shifted by one."""
    return _best(
        Match(name, what, fix, e.residual(array)) for name, what, fix, array in _orders(e.analytic)
    )


def shuffled_slices(e: Mismatch) -> Match | None:
    """Right when the slices along one axis (channels, say) change places."""
    if not e.fits or not e.known.all():
        return None
    found = []
    for axis, size in enumerate(e.value.shape):
        if 2 <= size <= MOST_SLICES and e.value.size > size:
            a, n = (
                np.moveaxis(array, axis, 0).reshape(size, -1) for array in (e.analytic, e.numeric)
            )
            nearest = [int(np.linalg.norm(a - row, axis=1).argmin()) for row in n]
            if len(set(nearest)) == size:
                what = f"along axis {axis}, in the order {_short(nearest)}, it is right"
                residual = e.residual(e.analytic.take(nearest, axis))
                fix = "put the pieces back in the order that forward took them"
                found.append(Match("slices in the wrong order", what, fix, residual))
    return _best(iter(found))


def _orders(a: Array) -> Iterator[tuple[str, str, str, Array]]:
    for axes in permutations(range(a.ndim)):
        if axes != tuple(range(a.ndim)):
            shape = tuple(a.shape[axis] for axis in axes)
            back = tuple(np.argsort(axes))
            what = f"right when read as {shape} and transposed"
            fix = "reshape undoes reshape, transpose undoes transpose"
            yield "reshape for transpose", what, fix, a.reshape(shape).transpose(back)
    for axis in range(a.ndim):
        for step in (-1, 1):
            what = f"right when moved by {step} along axis {axis}"
            fix = "look for an index that starts one too early or too late"
            yield "shifted by one", what, fix, np.roll(a, step, axis)


def _best(matches: Iterator[Match]) -> Match | None:
    return min(matches, key=lambda match: match.residual, default=None)


def _short(order: list[int]) -> str:
    return str(order) if len(order) <= 8 else f"[{', '.join(map(str, order[:8]))}, …]"
