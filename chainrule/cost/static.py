"""What is known of a model's cost from its shapes alone: no array is made, and nothing runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..declared import checked
from ..layers.base import Layer, named_parameters
from ..layers.operations import operations_of
from ..layers.shapes import infer_shape, observed
from ..types import Shape


@checked
def count_parameters(model: Layer) -> int:
    """Numbers that are trained, whether the model is initialized or not.

    >>> from chainrule import models
    >>> count_parameters(models.mlp(784, (100,), 10))
    79510
    """
    return sum(math.prod(parameter.shape) for _, parameter in named_parameters(model))


@checked
def flops(model: Layer, shape: Sequence[int]) -> int | None:
    """Operations of a forward pass of one image of ``shape`` (H, W, C); None where a layer does
    not state its operations or its output shape.

    A multiply-add is two, as everywhere in ``chainrule.cost``. Raises InputError for an image that
    the model does not take.

    >>> from chainrule import models
    >>> flops(models.resnet18(), (32, 32, 3))
    1115349514
    """
    done: list[int | None] = []

    def add(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> None:
        counted = operations_of(layer, tuple((1, *x) for x in inputs), (1, *output))
        done.append(None if counted is None else counted.forward)

    with observed(add):
        known = infer_shape(model, tuple(shape)) is not None
    counts = [count for count in done if count is not None]
    return sum(counts) if known and len(counts) == len(done) else None
