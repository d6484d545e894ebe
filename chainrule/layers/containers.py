"""Layers one after the other."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, overload

from .. import require
from ..arrays import native
from ..errors import InputError, ShapeError
from ..printable import received
from ..types import Array, Shape
from .base import Layer, learns, named_parameters
from .frozen import constant_layers
from .fused import FusedCache, FusedLayers, find
from .operations import Operations
from .shapes import infer_shape
from .variables import Parameter


class Sequential(Layer):
    """y = fₖ(… f₂(f₁(x)))        dL/dx: each layer's backward in reverse order, the chain rule

    ``len(model)``, ``model[1]``, ``model[:3]`` and iteration are those of a list of its layers; a
    slice is a model again, with the same weights.

    Layers that one kernel can do together run as one; ``fusion`` says which, and how to turn that
    off.

    x (N, …) is what the first layer takes, y what the last one gives. InputError for what is no
    layer; ShapeError, naming the layer by its path, where one does not take what it is given, and
    for a dy that has not the shape of y.

    >>> from chainrule.layers import Flatten, Linear, ReLU
    >>> model = Sequential(Flatten(), Linear(12, 4), ReLU())
    >>> model.output_shape((2, 2, 3))
    (4,)
    """

    def __init__(self, *layers: Layer | Sequence[Layer]) -> None:
        if len(layers) == 1 and isinstance(layers[0], list | tuple):  # as in Sequential([a, b])
            layers = tuple(layers[0])
        for i, layer in enumerate(layers):
            expect_layer(f"layers.{i}", layer)
        self.layers: list[Layer] = list(layers)  # type: ignore[arg-type]  # just looked at

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, place: slice) -> Sequential: ...
    @overload
    def __getitem__(self, place: int) -> Layer: ...
    def __getitem__(self, place: int | slice) -> Layer:
        """The layer at ``place``, or a model of those in a slice, which shares their weights.
        OutOfRange, which is an IndexError, where there is none."""
        if isinstance(place, slice):
            return Sequential(*self.layers[require.span(place)])
        return self.layers[require.index(len(self), layer=place)]

    def __call__(self, x: Array) -> Array:
        return run_predict(self.layers, x)

    def forward(self, x: Array) -> tuple[Array, list[Any]]:
        return run_forward(self.layers, x)

    def forward_parameters(self, x: Array) -> tuple[Array, list[Any]]:
        """Predicts with the frozen layers before the first that learns, and with those after them
        that have no state, and keeps nothing of them."""
        if not Parameter.ever_frozen or all(not p.frozen for _, p in named_parameters(self)):
            return self.forward(x)  # which may be a subclass's own
        frozen = constant_layers(self.layers)
        if frozen:
            x = run_predict(self.layers[:frozen], x)
        caches: list[Any] = [None] * frozen
        first = next((i for i, f in enumerate(self.layers) if learns(f)), None)
        if first is not None and isinstance(self.layers[first], Sequential):
            x, before = run_forward(self.layers[frozen:first], x, frozen)
            with inside(f"layers.{first}"):
                x, cache = self.layers[first].forward_parameters(x)
            caches += [*before, cache]
            frozen = first + 1
        y, after = run_forward(self.layers[frozen:], x, frozen)
        return y, Caches([*caches, *after], y.shape)

    def backward(self, dy: Array, caches: list[Any]) -> Array:
        return run_backward(self.layers, dy, caches)

    def backward_parameters(self, dy: Array, caches: list[Any]) -> None:
        """Stops at the first layer that learns: before it there is nothing to do."""
        first = next((i for i, f in enumerate(self.layers) if learns(f)), None)
        if first is None:
            return
        i, dy = len(self.layers), _dy_of(caches, dy)
        while i > first:
            i, step, cache = _last(self.layers, i, caches)
            if i > first:
                dy = step.backward(dy, cache)
            else:
                step.backward_parameters(dy, cache)

    def __repr__(self) -> str:
        return tree("Sequential", ((str(i), layer) for i, layer in enumerate(self.layers)))

    operations_per_element = Operations()

    def output_shape(self, x: Shape) -> Shape | None:
        y: Shape | None = x
        for i, layer in enumerate(self.layers):
            y = shape_inside(f"layers.{i}", layer, y)
        return y


def expect_layer(name: str, thing: Any) -> None:
    """InputError unless ``thing``, which the user calls ``name``, is a layer."""
    if isinstance(thing, type) and issubclass(thing, Layer):
        raise InputError(f"{name}: expected a layer, received the class: write {thing.__name__}(…)")
    if not isinstance(thing, Layer):
        raise InputError(f"{name}: expected a layer, received {received(thing)}")


def tree(name: str, parts: Iterable[tuple[str, object]]) -> str:
    """The ``repr`` of a container: a line for each part, indented."""
    lines = "\n".join(f"{label}: {part!r}" for label, part in parts)
    return f"{name}(\n{textwrap.indent(lines, '  ')}\n)"


@contextmanager
def inside(name: str) -> Iterator[None]:
    """A ShapeError of the block names the part that it comes from."""
    try:
        yield
    except ShapeError as error:
        raise error.inside(name) from None


def shape_inside(name: str, layer: Layer, *inputs: Shape | None) -> Shape | None:
    """`infer_shape` of the part ``name``; None where the shape of one of its inputs is unknown."""
    known = [x for x in inputs if x is not None]
    if len(known) < len(inputs):
        return None
    with inside(name):
        return infer_shape(layer, *known)


class Caches(list[Any]):
    """A cache for each layer, and the shape of y; on the way back each is taken off and freed."""

    def __init__(self, caches: Iterable[Any], shape: Shape) -> None:
        super().__init__(caches)
        self.shape, self.whole = shape, len(self)


def _dy_of(caches: list[Any], dy: Array) -> Array:
    """``dy`` as an array. ShapeError unless it has the shape of y, InputError for caches that were
    used before."""
    dy = native("dy", dy)
    if isinstance(caches, Caches):  # a plain list is of a caller's own making
        if len(caches) < caches.whole:
            raise InputError(
                "cache: expected that of a forward, received one that a backward has used up; "
                "call forward again"
            )
        if dy.shape != caches.shape:
            raise ShapeError(f"dy: expected {caches.shape}, the shape of y, received {dy.shape}")
    return dy


def run_predict(layers: Sequence[Layer], x: Array) -> Array:
    """What ``Sequential(*layers)`` predicts."""
    return _run(layers, x, lambda step, x: (step(x), None))[0]


def run_forward(layers: Sequence[Layer], x: Array, start: int = 0) -> tuple[Array, list[Any]]:
    """The forward of ``Sequential(*layers)``: y and a cache for each layer. The first of them is
    number ``start`` in what an error says."""
    y, caches = _run(layers, x, lambda step, x: step.forward(x), start)
    return y, Caches(caches, y.shape)


def run_backward(layers: Sequence[Layer], dy: Array, caches: list[Any]) -> Array:
    """The backward of ``Sequential(*layers)``."""
    i, dy = len(layers), _dy_of(caches, dy)
    while i:
        i, step, cache = _last(layers, i, caches)
        dy = step.backward(dy, cache)
    return dy


def _run(
    layers: Sequence[Layer], x: Array, verb: Callable[..., Any], first: int = 0
) -> tuple[Array, list[Any]]:
    """Layer after layer, or several as one: ``verb(step, x)`` gives each step's y and cache."""
    x = native("x", x)
    caches: list[Any] = []
    shapes: list[tuple[int, ...] | None] = [x.shape]
    while (i := len(shapes) - 1) < len(layers):
        fused = find(layers, i, x)
        if fused is not None:
            with suppress(ShapeError):  # the plain layers, next, say what does not fit and where
                x, cache = verb(fused, x)
                caches.append(FusedCache(type(fused), cache))
                shapes += [*[None] * (len(fused.kinds) - 1), x.shape]
                continue
        try:
            x, cache = verb(layers[i], x)
        except ShapeError as error:
            raise error.inside(f"layers.{first + i}", _route(layers, shapes)) from None
        caches.append(cache)
        shapes.append(x.shape)
    return x, caches


def _last(
    layers: Sequence[Layer], stop: int, caches: list[Any]
) -> tuple[int, Layer | FusedLayers, Any]:
    """Where the last step of ``layers[:stop]`` began, the layer or layers, and their cache.

    The cache is taken off ``caches``: an activation is freed once it is spent.
    """
    cache = caches.pop()
    if not isinstance(cache, FusedCache):
        return stop - 1, layers[stop - 1], cache
    start = stop - len(cache.kind.kinds)
    return start, cache.kind(*layers[start:stop]), cache.cache


def _route(layers: Sequence[Layer], shapes: list[tuple[int, ...] | None]) -> str:
    """The way to the failing layer: " (input (128, 784) -> Linear (128, 10) -> here)"."""
    names = ["input", *(type(layer).__name__ for layer in layers)]
    pairs = zip(names, shapes, strict=False)
    steps = [name if shape is None else f"{name} {shape}" for name, shape in pairs]
    return f"\n  on the way: {' -> '.join(steps)} -> {names[len(shapes)]}"
