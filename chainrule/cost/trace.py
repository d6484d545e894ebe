"""One training step, seen from inside: each layer's shapes, seconds, and the bytes it keeps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ..layers.base import Layer, named_arrays, named_layers
from ..layers.observe import FORWARD, VERBS, Verb, intercept
from ..types import Array, Shape
from .fresh import fresh_arrays
from .retained import RetainedBytes


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
    unspent: dict[str, list[Visit]] = defaultdict(list)
    kept = RetainedBytes([node.value for _, node in named_arrays(model)])
    clock = _Clock()

    def around(path: str, layer: Layer, verb: str, run: Verb, arguments: tuple[Any, ...]) -> Any:
        result, seconds = clock.time(run, *arguments)
        if verb in ("__call__", *FORWARD):  # frozen layers predict, and keep nothing
            y, cache = (result, None) if verb == "__call__" else result
            shapes = tuple(x.shape for x in arguments)
            visits.append(Visit(path, layer, shapes, y.shape, kept.add(cache), seconds))
            unspent[path].append(visits[-1])
        elif unspent[path]:
            visit = unspent[path].pop()
            visit.backward_seconds, visit.asks_dx = seconds, verb == "backward"
        return result

    layers = named_layers(model)
    with np.errstate(all="ignore"), fresh_arrays(), intercept(layers, around, VERBS):
        y, cache = model.forward_parameters(x)
        model.backward_parameters(np.ones_like(y), cache)
    return visits


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
