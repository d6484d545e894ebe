"""How many operations a layer takes; each layer states its own by ``Layer.operations``.

An operation is one addition, multiplication, division, comparison or elementary function: a
multiply-add is two. It is the definition that is counted, whatever a kernel does: Winograd's
convolution takes fewer, and padding counts as the pixels that it stands for, as in PyTorch's
``FlopCounterMode``. Random numbers and copies count nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..types import Shape

if TYPE_CHECKING:
    from .base import Layer


@dataclass(frozen=True)
class Operations:
    """Operations of a pass forward, and backward to the input's and to the parameters' gradient.

    >>> Operations(2, 2, 1).times(100)
    Operations(forward=200, dx=200, dparameters=100)
    """

    forward: int = 0
    dx: int = 0
    dparameters: int = 0

    def times(self, n: int) -> Operations:
        """Those for each of ``n`` elements."""
        return Operations(self.forward * n, self.dx * n, self.dparameters * n)


def of_products(multiply_adds: int, biases: int = 0) -> Operations:
    """Those of a linear layer: each gradient takes as many multiply-adds as the forward, and each
    bias that is added there is summed once more in its own gradient."""
    twice = 2 * multiply_adds
    return Operations(twice + biases, twice, twice + biases)


def operations_of(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Operations | None:
    """What ``layer.operations`` states; None too where a layer has something else by that name."""
    stated = type(layer).operations
    return stated(layer, inputs, output) if callable(stated) else None
