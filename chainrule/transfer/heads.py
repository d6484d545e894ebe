"""A new last layer, for other classes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ..data.conversion import class_names
from ..declared import checked
from ..errors import InputError
from ..initializers import Normal
from ..layers.base import Layer, Signature, arguments, named_parameters
from ..layers.containers import Sequential
from ..layers.conv import Conv2d
from ..layers.depth import find_head
from ..layers.linear import Linear
from ..layers.shapes import infer_shape
from ..random import generator
from ..ranges import ImageShape, Units, Whole
from ..types import Shape

SMALL = Normal(0.01)


@checked
def replace_head(
    model: Layer,
    classes: Units | Sequence[str],
    *,
    image_shape: ImageShape | None = None,
    seed: Whole = 0,
) -> Sequential:
    """A copy of ``model`` with a new head, drawn by ``seed`` from N(0, 0.01²), for ``classes``:
    their names, or how many they are.

    ``image_shape`` (H, W, C) is that of the images to come, by default the one of the model. A body
    that takes images of any size gives another number of features for another one, and the head
    has as many inputs. The copy's signature has both.

    InputError for a model that does not end in a linear layer or a 1x1 convolution, and for images
    that its body does not take.

    >>> from chainrule import models
    >>> model = replace_head(models.mlp((8, 8, 1), (32,), 10).init(0), ("cat", "dog"))
    >>> model[-1], model.signature is None
    (Linear(32, 2, init=Normal(std=0.01)), True)
    """
    names = tuple(map(str, range(classes))) if isinstance(classes, int) else class_names(classes)
    path, old = find_head(model)
    made: Any = copy.deepcopy(model)
    if not made.initialized:
        made.init(int(seed))
    known = made.signature
    shape = tuple(image_shape) if image_shape is not None else known and known.image_shape
    holder, place, features = _place(made, path, shape)
    head: Linear | Conv2d
    if isinstance(old, Linear):
        inputs = old.weight.shape[0] if features is None else features[-1]
        head = Linear(inputs, len(names), init=SMALL)
    else:
        head = Conv2d(**{**arguments(old), "out_channels": len(names), "init": SMALL})
    for name, parameter in named_parameters(head):
        parameter.draw(generator("init", int(seed), f"{path}.{name}"))
    holder.layers[place] = head
    if shape is None:
        made.signature = None
    else:
        resize, scale = (known.resize, known.scale) if known else ("stretch", 255)
        made.signature = Signature(shape, names, resize, scale)
    return made  # type: ignore[no-any-return]


def _place(model: Sequential, path: str, shape: Shape | None) -> tuple[Sequential, int, Any]:
    """The row of layers that the head lies in, its place there, and the shape of what it gets."""
    holder: Any = model
    places = [int(word) for word in path.split(".") if word != "layers"]
    for place in places[:-1]:
        shape = _behind(holder.layers[:place], shape)
        holder = holder.layers[place]
    return holder, places[-1], _behind(holder.layers[: places[-1]], shape)


def _behind(layers: Sequence[Layer], shape: Shape | None) -> Shape | None:
    if shape is None:
        return None
    try:
        return infer_shape(Sequential(*layers), shape)
    except InputError as error:
        size = "x".join(map(str, shape))
        raise InputError(
            f"image_shape: expected images that the body takes, received {size}: {error}"
        ) from None
