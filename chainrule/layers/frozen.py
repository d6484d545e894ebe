"""Which layers of a row are frozen: nothing before the first that learns needs a gradient."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Layer, learns, named_arrays, named_parameters


def frozen_layers(layers: Sequence[Layer]) -> int:
    """How many layers at the start are frozen: all up to the last one with frozen parameters
    before the first that learns. 0 where nothing is frozen, also if the first layers have no
    parameters: a dropout there is to drop."""
    first = next((i for i, layer in enumerate(layers) if learns(layer)), len(layers))
    return max((i + 1 for i in range(first) if named_parameters(layers[i])), default=0)


def constant_layers(layers: Sequence[Layer]) -> int:
    """How many layers at the start give the same for the same image in every epoch: those that
    are frozen, and what follows them without arrays of its own, such as a pooling. A dropout has
    a counter, and so it is not among them."""
    count = frozen_layers(layers)
    while 0 < count < len(layers) and not named_arrays(layers[count]):
        count += 1
    return count
