"""The convolutional net of three layers with weights: report B's."""

from __future__ import annotations

from ..declared import checked
from ..layers import Sequential
from ..ranges import ImageShape, PositiveInt, Units
from .convnet import convnet


@checked
def cnn3(
    inputs: ImageShape = (32, 32, 3), classes: PositiveInt = 10, *, filters: Units = 32
) -> Sequential:
    """Two convolutions, with batch norm, ReLU and pooling, and a linear layer.

    ``inputs`` is the shape of an image (H, W, C). It is `convnet` with two blocks of ``filters``
    each: at 32x32 pixels and 32 filters the maps are 32x32x32, 16x16x32, 14x14x32 and 7x7x32, and
    1568 numbers enter the linear layer. The output is logits (N, classes).

    InputError for a number below 1, and images that are too small for both poolings.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", for the
    plan; Ioffe and Szegedy 2015, "Batch normalization", for the norms.

    >>> from chainrule.cost import count_parameters
    >>> count_parameters(cnn3())
    25898
    """
    return convnet(inputs, classes, filters=(filters, filters))
