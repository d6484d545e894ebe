"""The gradients through a mean and through a variance, which a hand derivation forgets first.

An output that does not change when a constant is added to x over some axes (a normalization, a
softmax) has a gradient whose sum over those axes is 0. One that does not change when x - μ is
scaled has a gradient that is orthogonal to x̂. The true gradient shows the first by itself, and
the error of the analytic one shows which correction is missing or wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...random import generator
from ...types import Array
from ..evidence import Mismatch
from ..findings import Match
from .slopes import slope_along

AXES = {2: ((0,), (1,)), 3: ((1,), (2,), (0, 1)), 4: ((0, 1, 2), (1, 2), (1, 2, 3), (3,))}
CLOSE = 1e-3
EPS, SPREAD, SOFTEST = 1e-5, 5.0, 0.1
FEWEST, ENOUGH = 4, 8  # entries of a slice that tell one number, and two
FIX = {
    "mean path": "dx needs - mean(dx̂) / σ: μ too moves with x",
    "variance path": "dx needs - x̂ mean(dx̂ x̂) / σ: σ too moves with x",
    "mean and variance paths": "dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂)) / σ: μ and σ move with x",
}


def statistics_path(e: Mismatch) -> Match | None:
    """a - n is constant, or a multiple of x̂, or both, over the axes of the statistics."""
    if not (e.of_input and e.fits):
        return None
    for shape, axes, said in views(e.value.shape):
        if match := _over(e, View(e, shape, axes), said):
            return match
    return None


def views(shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], str]]:
    """(shape, axes, words): over what a norm of inputs of this shape may take its statistics.

    Those of batch, instance and layer norm are over some axes. Those of group norm are over the
    pixels and a part of the channels, which are made an axis of their own.
    """
    for axes in AXES.get(len(shape), ()):
        yield shape, axes, f"axes {axes}"
    if len(shape) in (2, 4):
        channels, pixels = shape[-1], tuple(range(1, len(shape) - 1))
        for groups in range(2, channels):
            if channels % groups == 0:
                grouped = (*shape[:-1], groups, channels // groups)
                yield grouped, (*pixels, len(shape)), f"{groups} groups of channels"


class View:
    """x, the error and the known entries of ``e`` in another shape, with statistics over axes."""

    def __init__(self, e: Mismatch, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
        self.e, self.axes = e, axes
        self.x, self.known = e.value.reshape(shape), e.known.reshape(shape)
        self.d = np.where(self.known, e.difference.reshape(shape), 0.0)
        self.std = self.x.std(axes, keepdims=True)
        self.count = self.known.sum(axes, keepdims=True)  # of each slice, entries that are known

    def x_hat(self) -> Array:
        x_hat: Array = (self.x - self.x.mean(self.axes, keepdims=True)) / self.std
        return x_hat

    def sum(self, terms: Array) -> Array:
        """Over the known entries of each slice."""
        total: Array = np.where(self.known, terms, 0.0).sum(self.axes, keepdims=True)
        return total

    def free(self, direction: Array, close: float = CLOSE) -> bool:
        """Whether the value stays when x goes along ``direction``, in each slice with another
        random factor: its true gradient is orthogonal to it."""
        factor = generator("statistics", *self.axes).standard_normal(self.std.shape)
        direction = (factor * np.broadcast_to(direction, self.x.shape)).reshape(self.e.value.shape)
        numeric = np.where(self.e.known, self.e.numeric, 0.0)
        size = np.linalg.norm(numeric) * np.linalg.norm(direction[self.e.known])
        if self.e.known.all():
            slope = float(np.vdot(numeric, direction))
        elif self.e.problem is not None:
            slope = slope_along(self.e.problem, self.e.name, direction)
            size *= math.sqrt(direction.size / max(1, self.e.known.sum()))
        else:
            return False
        return bool(abs(slope) <= close * size / math.sqrt(direction.size))

    @property
    def softness(self) -> float:
        """By how much ε under the root leaves the value not free of the scale, at most."""
        eps = getattr(self.e.problem and self.e.problem.model, "eps", EPS)
        eps = eps if isinstance(eps, float) else EPS
        return min(SOFTEST, SPREAD * float(np.mean(eps / self.std**2)))


def _over(e: Mismatch, view: View, said: str) -> Match | None:
    some = view.count >= FEWEST  # slices of which enough is known to tell two numbers
    if not np.all(view.std) or not some.any() or not view.free(np.ones(())):
        return None
    if np.where(some, view.count, 0).sum() < view.known.sum() / 2:
        return None
    x_hat, d = view.x_hat(), view.d
    n, sx, sxx = view.count, view.sum(x_hat), view.sum(x_hat**2)
    sd, sdx = view.sum(d), view.sum(d * x_hat)
    with np.errstate(all="ignore"):
        det = n * sxx - sx**2
        both = (sd * sxx - sdx * sx) / det + (n * sdx - sd * sx) / det * x_hat
        shift, stretch = np.broadcast_to(sd / n, d.shape), sdx / sxx * x_hat
    scale_free = view.free(x_hat, CLOSE + view.softness)
    looked = view.known & some
    size = float(np.linalg.norm(d[looked]))
    for name, model, possible, form in (
        ("mean path", shift, True, "constant"),
        ("variance path", stretch, scale_free, "a multiple of x̂"),
        ("mean and variance paths", both, scale_free and n[some].min() >= ENOUGH, "c + c' x̂"),
    ):
        residual = float(np.linalg.norm((d - model)[looked])) / size if size else math.inf
        if possible and residual < CLOSE:
            what = f"analytic - numeric is {form} over {said}"
            return Match(f"{name} missing or wrong", what, FIX[name], residual)
    if e.known.all() and view.x.shape == e.value.shape:
        return _other_axis(view.axes, d * view.std)
    return None


def _other_axis(axes: tuple[int, ...], d: Array) -> Match | None:
    """A mean over the wrong axis: the right one is missing, and the wrong one is there.

    ``d`` is (analytic - numeric) σ.
    """
    other = tuple(axis for axis in range(d.ndim) if axis not in axes)
    if min(math.prod(d.shape[axis] for axis in over) for over in (axes, other)) < FEWEST:
        return None
    model = d.mean(axes, keepdims=True) + d.mean(other, keepdims=True) - d.mean()
    residual = float(np.linalg.norm(d - model) / np.linalg.norm(d))
    if residual >= CLOSE:
        return None
    what = (
        f"(analytic - numeric) σ is constant over axes {axes} but for a part constant over {other}"
    )
    return Match("mean over the wrong axis", what, f"take mean(dx̂) over axes {axes}", residual)
