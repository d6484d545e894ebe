"""Losses of numbers: outputs and float targets of one shape, mean over every element."""

from __future__ import annotations

from dataclasses import dataclass

from .. import kernels
from ..ranges import PositiveFloat
from ..types import Array
from .base import Loss
from .checks import check_targets


@dataclass(frozen=True)
class MSE(Loss):
    """L = mean (y - t)²        outputs y, targets t: any shape        dL/dy = 2 (y - t) / count

    ShapeError unless both are floats of one shape; InputError for targets that are not finite.

    >>> import numpy as np
    >>> loss, dlogits = MSE()(np.array([1.0, 5.0]), np.array([0.5, 2.0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (4.625, [0.5, 3.0])
    """

    def __call__(self, outputs: Array, targets: Array) -> tuple[float, Array]:
        outputs, targets = check_targets(outputs, targets)
        return kernels.of(outputs).squared_error(outputs, targets)


@dataclass(frozen=True)
class MAE(Loss):
    """L = mean |y - t|        outputs y, targets t: any shape        dL/dy = sign(y - t) / count

    At the kink, y = t, the subgradient is 0.

    ShapeError unless both are floats of one shape; InputError for targets that are not finite.

    >>> import numpy as np
    >>> loss, dlogits = MAE()(np.array([1.0, 5.0]), np.array([0.5, 2.0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (1.75, [0.5, 0.5])
    """

    def __call__(self, outputs: Array, targets: Array) -> tuple[float, Array]:
        outputs, targets = check_targets(outputs, targets)
        return kernels.of(outputs).absolute_error(outputs, targets)


@dataclass(frozen=True)
class Huber(Loss):
    """L = mean of r²/2 where |r| ≤ δ, else δ (|r| - δ/2),  r = y - t        any shape

    Squared near the target, absolute far from it: an outlier pulls with δ at most.
    dL/dy = clip(r, -δ, δ) / count

    ShapeError unless both are floats of one shape; InputError for targets that are not finite, and
    unless δ is positive.

    Source: Huber 1964, "Robust estimation of a location parameter".

    >>> import numpy as np
    >>> loss, dlogits = Huber()(np.array([1.0, 5.0]), np.array([0.5, 2.0]))
    >>> round(loss, 4), dlogits.round(4).tolist()
    (1.3125, [0.25, 0.5])
    """

    delta: PositiveFloat = 1.0

    def __call__(self, outputs: Array, targets: Array) -> tuple[float, Array]:
        outputs, targets = check_targets(outputs, targets)
        return kernels.of(outputs).huber(outputs, targets, self.delta)
