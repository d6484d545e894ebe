"""Layers one after the other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from ..errors import InputError, ShapeError
from ..types import Array
from .base import Layer, named_parameters


class Sequential(Layer):
    """y = fₖ(… f₂(f₁(x)))        dL/dx: each layer's backward in reverse order, the chain rule"""

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            expect_layer(f"layers.{i}", layer)
        self.layers = list(layers)

    def __call__(self, x: Array) -> Array:
        shapes = []
        for i, layer in enumerate(self.layers):
            shapes.append(x.shape)
            try:
                x = layer(x)
            except ShapeError as error:
                raise error.inside(f"layers.{i}", _route(self.layers, shapes)) from None
        return x

    def forward(self, x: Array) -> tuple[Array, list[Any]]:
        caches, shapes = [], []
        for i, layer in enumerate(self.layers):
            shapes.append(x.shape)
            try:
                x, cache = layer.forward(x)
            except ShapeError as error:
                raise error.inside(f"layers.{i}", _route(self.layers, shapes)) from None
            caches.append(cache)
        return x, caches

    def backward(self, dy: Array, caches: list[Any]) -> Array:
        for layer in reversed(self.layers):
            dy = layer.backward(dy, caches.pop())  # popped: an activation is freed once spent
        return dy

    def backward_parameters(self, dy: Array, caches: list[Any]) -> None:
        """Stops at the first layer that has parameters: before it there is nothing to learn."""
        first = next((i for i, f in enumerate(self.layers) if named_parameters(f)), None)
        if first is None:
            return
        for layer in reversed(self.layers[first + 1 :]):
            dy = layer.backward(dy, caches.pop())
        self.layers[first].backward_parameters(dy, caches[first])

    def __repr__(self) -> str:
        return tree("Sequential", ((str(i), layer) for i, layer in enumerate(self.layers)))


def expect_layer(name: str, thing: Any) -> None:
    """InputError unless ``thing``, which the user calls ``name``, is a layer."""
    if isinstance(thing, type) and issubclass(thing, Layer):
        raise InputError(f"{name}: expected a layer, received the class: write {thing.__name__}(…)")
    if not isinstance(thing, Layer):
        raise InputError(f"{name}: expected a layer, received {thing!r}")


def tree(name: str, parts: Iterable[tuple[str, object]]) -> str:
    """The ``repr`` of a container: a line for each part, indented."""
    lines = "\n".join(f"{label}: {part!r}" for label, part in parts)
    return f"{name}(\n{textwrap.indent(lines, '  ')}\n)"


def _route(layers: list[Layer], shapes: list[tuple[int, ...]]) -> str:
    """The way to the failing layer: " (input (128, 784) -> Linear (128, 10) -> here)"."""
    names = ["input", *(type(layer).__name__ for layer in layers)]
    steps = [f"{name} {shape}" for name, shape in zip(names, shapes, strict=False)]
    return f"\n  on the way: {' -> '.join(steps)} -> {names[len(shapes)]}"
