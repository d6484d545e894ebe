"""One training step, seen from inside: each layer's shapes, seconds, and the bytes it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ..layers.base import Layer, named_arrays, named_layers
from ..types import Array
from .fresh import fresh_arrays
from .kept import Kept

Shape = tuple[int, ...]
Verb = Callable[..., Any]


@dataclass
class Visit:
    """One use of a layer. Seconds are its own, without those of layers inside it.

    kept     bytes that its cache keeps and that no layer before it keeps anyway
    asks_dx  whether anybody asked for its input gradient: a first layer's is not needed
    """

    path: str
    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape
    kept: int
    forward_seconds: float
    backward_seconds: float = 0.0
    asks_dx: bool = False


def trace(model: Layer, x: Array) -> list[Visit]:
    """The layers of ``model`` in the order in which a step on ``x`` ends their forward.

    The backward starts from ones. Gradients are added to, running statistics and counters
    moved: give it a model that may be spent, such as a copy.
    """
    visits: list[Visit] = []
    with np.errstate(all="ignore"), fresh_arrays(), _seen(model, visits):
        y, cache = model.forward(x)
        model.backward_parameters(np.ones_like(y), cache)
    return visits


@contextmanager
def _seen(model: Layer, visits: list[Visit]) -> Iterator[None]:
    """While the block runs, every layer has a class that reports what passes through it."""
    kept = Kept([node.value for _, node in named_arrays(model)])
    clock = _Clock()
    layers = named_layers(model)
    before = [type(layer) for _, layer in layers]
    try:
        for path, layer in layers:
            layer.__class__ = _reporting(path, layer, visits, kept, clock)
        yield
    finally:
        for (_, layer), kind in zip(layers, before, strict=True):
            layer.__class__ = kind


class _Clock:
    """Seconds of nested calls, each without those inside it."""

    def __init__(self) -> None:
        self.inside: list[float] = []

    def time(self, verb: Verb, *arguments: Any) -> tuple[Any, float]:
        self.inside.append(0.0)
        start = perf_counter()
        result = verb(*arguments)
        whole = perf_counter() - start
        own = whole - self.inside.pop()
        if self.inside:
            self.inside[-1] += whole
        return result, own


def _reporting(
    path: str, layer: Layer, visits: list[Visit], kept: Kept, clock: _Clock
) -> type[Layer]:
    """The layer's class with verbs that report. Those that are made of each other report once."""
    kind: Any = type(layer)
    unspent: list[Visit] = []
    busy = False

    def forward(self: Layer, *xs: Array) -> Any:
        (y, cache), seconds = clock.time(kind.forward, self, *xs)
        shapes = tuple(x.shape for x in xs)
        visits.append(Visit(path, layer, shapes, y.shape, kept.add(cache), seconds))
        unspent.append(visits[-1])
        return y, cache

    def backwards(name: str, asks_dx: bool) -> Verb:
        def run(self: Layer, dy: Array, cache: Any) -> Any:
            nonlocal busy
            if busy:
                return getattr(kind, name)(self, dy, cache)
            busy = True
            try:
                result, seconds = clock.time(getattr(kind, name), self, dy, cache)
            finally:
                busy = False
            if unspent:  # the forward of a random mask is made of its backward
                visit = unspent.pop()
                visit.backward_seconds, visit.asks_dx = seconds, asks_dx
            return result

        return run

    verbs = {
        "forward": forward,
        "backward": backwards("backward", True),
        "backward_parameters": backwards("backward_parameters", False),
    }
    same = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), verbs | same)
