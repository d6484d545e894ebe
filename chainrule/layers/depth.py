"""A model as a head and the blocks of its body, from the images to the head."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import InputError
from .base import Layer, named_parameters
from .containers import Sequential
from .conv import Conv2d
from .linear import Linear
from .variables import Parameter

FEW = 3  # parts of a model that are a body and a head, rather than blocks


class Block(NamedTuple):
    """Layers that belong together, by their paths in the model, and their parameters."""

    paths: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def find_head(model: Layer) -> tuple[str, Linear | Conv2d]:
    """(path, layer) of the last layer with parameters: what turns features into classes.

    InputError unless it is linear, or a 1x1 convolution, and lies in nothing but `Sequential`.

    >>> from chainrule import models
    >>> find_head(models.mlp((8, 8, 1), (32,), 10))
    ('layers.4', Linear(32, 10))
    """
    path, layer = "", model
    while type(layer) is Sequential:
        place = next(
            (i for i, part in reversed([*enumerate(layer.layers)]) if named_parameters(part)), None
        )
        if place is None:
            raise InputError("model: expected one with parameters, received one without")
        path, layer = f"{path}.layers.{place}".lstrip("."), layer.layers[place]
    if isinstance(layer, Linear) or (isinstance(layer, Conv2d) and layer.kernel_size == 1):
        if path:
            return path, layer
        raise InputError(
            f"model: expected a Sequential with layers before its head, received {layer!r}"
        )
    raise InputError(
        "model: expected a Sequential whose last layer with parameters is its head, a Linear or a "
        f"1x1 Conv2d, received {type(layer).__name__}{f' at {path}' if path else ''}"
    )


def blocks(model: Layer) -> list[Block]:
    """The blocks of the body, those nearest to the images first.

    A block is a layer with weights, or a layer made of layers, as a residual block, with the
    norms and the like that follow it. InputError as from `find_head`.
    """
    head, _ = find_head(model)
    found: list[Block] = []
    for path, layer in _units(model, ""):
        if path == head:
            continue
        own = tuple(parameter for _, parameter in named_parameters(layer))
        if found and not any(parameter.decay for parameter in own):  # the norm after a convolution
            paths, before = found.pop()
            found.append(Block((*paths, path), before + own))
        else:
            found.append(Block((path,), own))
    return found


def _units(model: Layer, path: str) -> list[tuple[str, Layer]]:
    """The layers of a `Sequential`; where those with parameters are few, as in a body and a
    head, the layers inside of these."""
    if type(model) is not Sequential:
        return [(path, model)]
    parts = [(f"{path}.layers.{i}".lstrip("."), f) for i, f in enumerate(model.layers)]
    parts = [(name, part) for name, part in parts if named_parameters(part)]
    inner = [part for _, part in parts if type(part) is Sequential]
    if not inner or (len(parts) >= FEW and parts[-1][1] not in inner):
        return parts
    return [unit for name, part in parts for unit in _units(part, name)]
