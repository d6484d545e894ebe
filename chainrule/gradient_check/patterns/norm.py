"""The gradients through a mean and through a variance, which a hand derivation forgets first.

An output that does not change when a constant is added to x over some axes (a normalisation, a
softmax) has a gradient whose sum over those axes is 0. One that does not change when x - μ is
scaled has a gradient that is orthogonal to x̂. The true gradient shows the first by itself, and
the error of the analytic one shows which correction is missing or wrong.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..evidence import Evidence
from ..findings import Match

AXES = {2: ((0,), (1,)), 3: ((1,), (2,), (0, 1)), 4: ((0, 1, 2), (1, 2), (1, 2, 3), (3,))}
CLOSE = 1e-3
FIX = {
    "mean path": "dx needs - mean(dx̂) / σ: μ too moves with x",
    "variance path": "dx needs - x̂ mean(dx̂ x̂) / σ: σ too moves with x",
    "mean and variance paths": "dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂)) / σ: μ and σ move with x",
}


def statistics_path(e: Evidence) -> Match | None:
    """a - n is constant, or a multiple of x̂, or both, over the axes of the statistics."""
    if not (e.of_input and e.fits and e.known.all()):
        return None
    for axes in AXES.get(e.value.ndim, ()):
        if match := _over(e, axes):
            return match
    return None


def _over(e: Evidence, axes: tuple[int, ...]) -> Match | None:
    x, n, d = e.value, e.numeric, e.difference
    count = int(np.prod([x.shape[axis] for axis in axes]))
    std = x.std(axes, keepdims=True)
    if count < 4 or not np.all(std) or not _vanishes(n.mean(axes), n):
        return None
    x_hat = (x - x.mean(axes, keepdims=True)) / std
    shift = np.broadcast_to(d.mean(axes, keepdims=True), d.shape)
    stretch = (d * x_hat).mean(axes, keepdims=True) * x_hat
    scale_free = _vanishes((n * x_hat).mean(axes), n)
    for name, model, possible in (
        ("mean path", shift, True),
        ("variance path", stretch, scale_free),
        ("mean and variance paths", shift + stretch, scale_free and count >= 8),
    ):
        left_over = e.norm(d - model) / e.error
        if possible and left_over < CLOSE:
            form = {"mean path": "constant", "variance path": "a multiple of x̂"}.get(
                name, "c + c' x̂"
            )
            what = f"analytic - numeric is {form} over axes {axes}"
            return Match(f"{name} missing or wrong", what, FIX[name], left_over)
    return _other_axis(e, axes, d * std)


def _other_axis(e: Evidence, axes: tuple[int, ...], d: Array) -> Match | None:
    """A mean over the wrong axis: the right one is missing, and the wrong one is there.

    ``d`` is (analytic - numeric) σ.
    """
    other = tuple(axis for axis in range(d.ndim) if axis not in axes)
    if min(d.shape) < 4:
        return None
    model = d.mean(axes, keepdims=True) + d.mean(other, keepdims=True) - d.mean()
    left_over = float(np.linalg.norm(d - model) / np.linalg.norm(d))
    if left_over >= CLOSE:
        return None
    what = (
        f"(analytic - numeric) σ is constant over axes {axes} but for a part constant over {other}"
    )
    return Match("mean over the wrong axis", what, f"take mean(dx̂) over axes {axes}", left_over)


def _vanishes(mean: Array, terms: Array) -> bool:
    return bool(
        np.linalg.norm(mean) <= CLOSE * np.linalg.norm(terms) / np.sqrt(terms.size / mean.size)
    )
