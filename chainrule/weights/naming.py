"""The names that PyTorch's libraries give to the layers of the nets that chainrule has too.

A scheme takes the layers of a model after its Normalize and returns the name of each layer that
holds arrays, or None if the model is not of its family. A family is recognized by its structure,
so that a model of one's own, or one from a file, has the names as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..layers import BatchNorm, Conv2d, Normalize, Sequential
from ..layers.base import Layer, named_layers
from ..layers.variables import Variable

Named: TypeAlias = list[tuple[str, Layer]]
Scheme: TypeAlias = Callable[[Sequence[Layer]], Named | None]


def without_normalize(model: Layer) -> list[Layer]:
    """The layers of a Sequential after its Normalize; of anything else, the model itself."""
    if not isinstance(model, Sequential):
        return [model]
    return list(model.layers[1:] if isinstance(model.layers[0], Normalize) else model.layers)


def generic(layers: Sequence[Layer]) -> Named | None:
    """The names of a torch.nn.Sequential of the same layers: 0, 1, 3.body.0 …"""
    named: Named = []
    for place, outer in enumerate(layers):
        for path, layer in named_layers(outer):
            if any(isinstance(node, Variable) for node in vars(layer).values()):
                words = [str(place)] if len(layers) > 1 else []
                words += [word for word in path.split(".") if word and word != "layers"]
                named.append((".".join(words), layer))
    return named


def alternating(body: Layer, activation: type[Layer]) -> list[Layer] | None:
    """The convolutions and norms of conv-norm, conv-norm-activation …; None if it is not that."""
    if not isinstance(body, Sequential):
        return None
    parts = [layer for layer in body.layers if not isinstance(layer, activation)]
    kinds = [Conv2d, BatchNorm] * (len(parts) // 2)
    fits = len(parts) % 2 == 0 and all(map(isinstance, parts, kinds))
    # Pre-activation has the same parts: there an activation stands first.
    return parts if fits and parts and isinstance(body.layers[0], Conv2d) else None


def holds_arrays(layer: Layer) -> bool:
    """Whether there is any parameter or buffer in it."""
    own = [node for _, part in named_layers(layer) for node in vars(part).values()]
    return any(isinstance(node, Variable) for node in own)
