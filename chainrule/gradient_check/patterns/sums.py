"""Sums over the wrong axes: what happens to biases, scales and shifts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ...types import Array
from ..evidence import Mismatch
from ..findings import Match


def kept_an_axis(e: Mismatch) -> Match | None:
    """The right numbers in a wrong shape, or one that still has the batch's axis."""
    if e.fits:
        return None
    a = e.analytic
    if a.size == e.value.size:
        residual = e.residual(a.reshape(e.value.shape))
        name, fix = "wrong shape", f"reshape it to {e.value.shape}; keepdims leaves axes of 1"
    elif a.ndim > e.value.ndim:
        extra = tuple(range(a.ndim - e.value.ndim))
        residual = e.residual(a.sum(extra))
        name, fix = "not summed over the batch", f"sum over axes {extra}"
    else:
        return None
    return Match(name, f"shape {a.shape}, and {e.value.shape} is wanted", fix, residual)


def wrong_axis(e: Mismatch) -> Match | None:
    """The gradient is a sum of dy, or of dy · x̂, over other axes than the right ones."""
    if e.problem is None or e.of_input or len(e.problem.names) != 1:
        return None
    for what, terms in _terms(e):
        sums = list(_sums(terms))
        right = [axes for axes, s in sums if e.residual(_like(s, e.value)) < 1e-3]
        wrong = [axes for axes, s in sums if _same(e.analytic, s)]
        if right and wrong:
            return Match(
                "summed over the wrong axis",
                f"it is {what} of shape {terms.shape} summed over axes {wrong[0]}; "
                f"differences say {right[0]}",
                f"sum over axis {_axis(right[0])}",
                e.residual(_like(dict(sums)[right[0]], e.value)),
            )
    return None


def _terms(e: Mismatch) -> Iterator[tuple[str, Array]]:
    x, y, dy = e.passes
    yield "dy", dy
    if x.shape == dy.shape:
        yield "dy · x", dy * x
        scale, shift = e.problem.arrays.get("gamma"), e.problem.arrays.get("beta")  # type: ignore[union-attr]
        if scale is not None and shift is not None and np.all(scale):
            yield "dy · x̂", dy * (y - shift) / scale


def _sums(terms: Array) -> Iterator[tuple[tuple[int, ...], Array]]:
    for count in range(1, terms.ndim + 1):
        for axes in combinations(range(terms.ndim), count):
            yield axes, terms.sum(axes)


def _like(array: Array, value: Array) -> Array:
    return array.reshape(value.shape) if array.size == value.size else array


def _same(a: Array, s: Array) -> bool:
    """``s`` itself, or ``s`` repeated to the shape of ``a``."""
    if a.ndim < s.ndim or (a.shape[a.ndim - s.ndim :] != s.shape and s.size != 1):
        return False
    return bool(np.linalg.norm(a - s) <= 1e-9 * np.linalg.norm(a))


def _axis(axes: tuple[int, ...]) -> object:
    return axes[0] if len(axes) == 1 else axes
