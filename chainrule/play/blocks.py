"""A model as a tree of blocks, with shapes, parameters, operations and memory; nothing is run."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

from ..cost import count_parameters
from ..errors import InputError
from ..layers.base import Layer, arguments, named_children, named_layers, named_parameters
from ..layers.operations import operations_of
from ..layers.shapes import infer_shape, observed
from ..printable import shortened
from ..types import Shape

FLOAT = 4
"""Bytes of a number."""
HIDDEN = ("init", "linear_init")
"""Settings that say how weights begin, which is no part of what a trained model is."""


@dataclass(frozen=True)
class Block:
    """A layer, with those inside it.

    path        as in ``model.state()``; "" for the model itself
    kind        the name of its class
    settings    what it was made with, as text by name, without layers and initial weights
    detail      of these what must be said, and what is not as usual: "32, 64, 3, padding=1"
    shape       of its output for one image, (H, W, C) or (features,); None where it is unknown or
                where it is never run
    uses        how often a pass runs it
    parameters  numbers that are trained, in it and in all that is inside it
    flops       of a prediction of one image, likewise, all uses together; None where one of them is
                unknown
    memory      bytes of its parameters, and activation: of what it and what is inside it put out
                for one image, all uses together
    """

    path: str
    kind: str
    settings: dict[str, str]
    detail: str
    shape: Shape | None
    uses: int
    parameters: int
    flops: int | None
    memory: int
    activation: int | None
    children: tuple[Block, ...] = field(default=(), repr=False)

    def leaves(self) -> list[Block]:
        """The blocks that hold no other, in order."""
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in child.leaves()]

    def as_json(self) -> dict[str, Any]:
        """For a page."""
        return {
            "path": self.path, "kind": self.kind, "settings": self.settings, "detail": self.detail,
            "shape": None if self.shape is None else list(self.shape), "uses": self.uses,
            "parameters": self.parameters, "flops": self.flops, "memory": self.memory,
            "activation": self.activation, "children": [c.as_json() for c in self.children],
        }  # fmt: skip


def block_tree(model: Layer, shape: Sequence[int] | None = None) -> Block:
    """The tree of a ``model`` for images of this shape (H, W, C), or of that which it was made for.
    InputError where nobody says it, and for images that the model does not take."""
    if shape is None:
        if model.signature is None:
            raise InputError(
                "the model does not say which images it is for: give their height, width and "
                "channels"
            )
        shape = model.signature.image_shape
    outputs: dict[int, list[Shape]] = defaultdict(list)
    operations: dict[int, list[int | None]] = defaultdict(list)

    def note(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> None:
        done = operations_of(layer, tuple((1, *x) for x in inputs), (1, *output))
        outputs[id(layer)].append(output)
        operations[id(layer)].append(None if done is None else done.forward)

    with observed(note):
        infer_shape(model, tuple(shape))
    return _block(model, "", dict(outputs), dict(operations))


def _block(
    layer: Layer,
    path: str,
    outputs: dict[int, list[Shape]],
    operations: dict[int, list[int | None]],
) -> Block:
    children = tuple(
        _block(child, f"{path}.{name}" if path else name, outputs, operations)
        for name, child in named_children(layer)
    )
    inside = [node for _, node in named_layers(layer)]
    flops = _total([part for node in inside for part in operations.get(id(node), [None])])
    made = outputs.get(id(layer), [])
    sizes = [
        math.prod(shape) for node in inside if _is_leaf(node) for shape in outputs.get(id(node), [])
    ]
    known = all(id(node) in outputs for node in inside if _is_leaf(node))
    return Block(
        path=path,
        kind=type(layer).__name__,
        settings=settings_of(layer),
        detail=_detail(layer),
        shape=made[-1] if made else None,
        uses=len(made),
        parameters=count_parameters(layer),
        flops=flops,
        memory=sum(FLOAT * math.prod(p.shape) for _, p in named_parameters(layer)),
        activation=FLOAT * sum(sizes) if known else None,
        children=children,
    )


def _is_leaf(layer: Layer) -> bool:
    return not named_children(layer)


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def settings_of(layer: Layer) -> dict[str, str]:
    """What the layer was made with, as text: all arguments but layers and initial weights.

    >>> from chainrule.layers import Conv2d
    >>> settings_of(Conv2d(3, 8, 3, padding=1))["padding"]
    '1'
    """
    given = arguments(layer)
    order = [name for name in signature(type(layer)).parameters if name in given]
    holds = bool(named_children(layer))  # where None stands for a layer that there is not
    return {
        name: shortened(_text(given[name]))
        for name in order
        if name not in HIDDEN
        and not _holds_layers(given[name])
        and not (holds and given[name] is None)
    }


def _detail(layer: Layer) -> str:
    usual = {
        name: parameter.default for name, parameter in signature(type(layer)).parameters.items()
    }
    given = arguments(layer)
    parts = [
        text if usual[name] is Parameter.empty else f"{name}={text}"
        for name, text in settings_of(layer).items()
        if name in usual and (usual[name] is Parameter.empty or given[name] != usual[name])
    ]
    return ", ".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "×".join(map(str, value)) or "()"
    return str(getattr(value, "__name__", value))


def _holds_layers(value: Any) -> bool:
    if isinstance(value, Layer):
        return True
    if isinstance(value, dict):
        return any(map(_holds_layers, value.values()))
    return isinstance(value, tuple | list) and any(map(_holds_layers, value))
