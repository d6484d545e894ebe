"""A mean and a variance are worth something over two values or more."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ShapeError
from .base import Layer, walk


class SingleValueError(ShapeError):
    """A norm was to take a mean and a variance over one value.

    That value less its own mean is 0 whatever it was: the layer would return β for every input,
    no gradient would reach the layers before it, and running variances would decay to 0, so that
    predictions blow up.

    >>> import numpy as np
    >>> from chainrule.layers import BatchNorm
    >>> try:
    ...     BatchNorm(3).init(0).forward(np.zeros((1, 3), np.float32))
    ... except SingleValueError as error:
    ...     print(str(error)[:38])
    expected more than 1 value per channel
    """


def expect_several(values: int, of: str, shape: tuple[int, ...], fix: str) -> None:
    """Raise SingleValueError if each mean of a norm is over one value of an input of ``shape``."""
    if values == 1:
        raise SingleValueError(
            f"expected more than 1 value per {of} to take a mean and a variance over, received "
            f"an input of shape {shape}; {fix}"
        )


def norms_of_batch(model: Layer) -> Iterator[Layer]:
    """The layers of ``model`` that learn from statistics taken across the batch, frozen ones
    left out."""
    return (layer for layer in walk(model) if layer.uses_batch_statistics)


def smallest_batch(model: Layer) -> int:
    """The least number of images that a training gives ``model`` at a time where it has the
    choice: 2 with a norm that takes statistics across the batch, or may do so when its parameters
    are no longer frozen, else 1."""
    return 2 if any(map(_may_take_statistics, walk(model))) else 1


def _may_take_statistics(layer: Layer) -> bool:
    has_own = hasattr(layer, "running_mean") and not getattr(layer, "frozen", False)
    return layer.uses_batch_statistics or has_own
