"""What leaves each layer: its scale, and the units that no longer say anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ... import require
from ...device import on_host
from ...layers import Flatten, Layer
from ...layers.observe import observe
from ...layers.units import dead, saturated
from ...public import old_keywords
from ...types import Array
from .log import Row

if TYPE_CHECKING:
    from ..trainer import Trainer


class Activations:
    """mean · std · share of zeros, of dead units and of saturated outputs        of each layer

    Of a prediction for the first ``images`` of the step's batch, with the weights after it. A
    unit is one of the last axis, a neuron or a channel; it is dead if it is 0 for all images, at
    all places. Saturated is an output of a sigmoid or tanh where the slope is under 5 % of the
    steepest, None for other layers; the doctor counts both alike. The cost is that prediction.
    """

    table = "activations"

    @old_keywords(pictures="images")
    def __init__(self, images: int = 128) -> None:
        require.integer(2, images=images)
        self.images = images

    def before_update(self, trainer: Trainer) -> None:
        """Nothing to note."""

    def rows(self, trainer: Trainer) -> Iterator[Row]:
        if trainer.last_batch is None:
            return iter(())
        return iter(activations(trainer.model, trainer.last_batch[0][: self.images]))


def activations(model: Layer, images: Array) -> list[Row]:
    """A row for every innermost layer of ``model``, in the order of a prediction for ``images``."""
    rows: list[Row] = []

    def on_forward(path: str, layer: Layer, x: Array, y: Array) -> None:
        if isinstance(layer, Flatten) or not y.size:  # the same numbers once more
            return
        y = on_host(y)
        rows.append(
            {
                "name": f"{path} ({type(layer).__name__})" if path else type(layer).__name__,
                "mean": float(y.mean(dtype=np.float64)),
                "std": float(y.std(dtype=np.float64)),
                "zeros": 1 - np.count_nonzero(y) / y.size,
                "dead": dead(y),
                "saturated": saturated(layer, y),
            }
        )

    with observe(model, on_forward), np.errstate(all="ignore"):
        model(images)
    return rows
