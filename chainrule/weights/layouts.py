"""How an array lies here and how it lies in other libraries.

              here                        PyTorch
  convolution (kh, kw, in / groups, out)  (out, in / groups, kh, kw)
  linear      (in, out)                   (out, in)

Where a linear layer follows a flattened image, its inputs come in the order (H, W, C) here and in
(C, H, W) there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..types import Array, Shape


class Layout:
    """The same in both."""

    def shape(self, ours: Shape) -> Shape:
        """The shape there of an array that has the shape ``ours`` here."""
        return ours

    def out(self, array: Array) -> Array:
        """An array of ours as it lies there."""
        return array

    def back(self, array: Array) -> Array:
        """An array from there as it lies here."""
        return array

    def fits(self, ours: Shape, given: Shape) -> bool:
        """Whether an array of the shape ``given`` there is one of the shape ``ours`` here."""
        return given == self.shape(ours)


class Convolution(Layout):
    def shape(self, ours: Shape) -> Shape:
        height, width, inputs, outputs = ours
        return outputs, inputs, height, width

    def out(self, array: Array) -> Array:
        return array.transpose(3, 2, 0, 1)

    def back(self, array: Array) -> Array:
        return array.transpose(2, 3, 1, 0)


@dataclass(frozen=True)
class Dense(Layout):
    """``channels`` of the flattened image before it, 1 for features. A convolution over the whole
    image, as timm has it in VGG, is such a layer too; with ``convolution`` it is written as one."""

    channels: int = 1
    convolution: bool = False

    def shape(self, ours: Shape) -> Shape:
        inputs, outputs = ours
        if not self.convolution:
            return outputs, inputs
        side = math.isqrt(inputs // self.channels)
        return outputs, self.channels, side, side

    def out(self, array: Array) -> Array:
        inputs, outputs = array.shape
        pixels = array.reshape(inputs // self.channels, self.channels, outputs)
        return pixels.transpose(2, 1, 0).reshape(self.shape(array.shape))

    def back(self, array: Array) -> Array:
        outputs = len(array)
        pixels = array.reshape(outputs, self.channels, -1)
        return pixels.transpose(2, 1, 0).reshape(-1, outputs)

    def fits(self, ours: Shape, given: Shape) -> bool:
        inputs, outputs = ours
        flat = (given[0], math.prod(given[1:])) if len(given) == 4 else given
        pointwise = len(given) != 4 or given[1] == self.channels or given[2:] == (1, 1)
        return flat == (outputs, inputs) and pointwise


SAME, CONVOLUTION = Layout(), Convolution()
