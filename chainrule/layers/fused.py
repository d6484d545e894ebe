"""Layers that run as one: the same numbers in fewer trips to memory.

Layers stay apart: each has its own forward and backward, and any of them can be read, checked,
observed or run alone. But a norm, the ReLU after it and the pooling after that do so little with
each number that reading and writing the arrays between them takes most of their time. So
``Sequential`` asks here, before it runs a layer, whether it begins a run of layers for which one
kernel does the work of all:

    batch norm -> ReLU                              fusion/norm.py
    batch norm -> ReLU -> max pool 2x2              fusion/norm.py
    residual block that ends in a norm -> ReLU      fusion/residual.py
    linear -> batch norm -> ReLU (-> dropout)       fusion/linear.py, small batches

Nothing is kept between calls. The question is answered anew from the types of the layers, so that
whatever is no plain ``BatchNorm``, ``ReLU``, … runs by itself: a subclass, an observed layer, a
frozen norm; and so does everything on the reference kernels, which includes all of float64.

    with fusion.off():              # every layer by itself, the same but for last digits
        y, cache = model.forward(x)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from .. import kernels
from ..types import Array
from .base import Layer

_on: ContextVar[bool] = ContextVar("fusion", default=True)


class FusedLayers(ABC):
    """Layers of exactly these ``kinds``, in this order, and how they run as one.

        y        = run(x)                     predict
        y, cache = run.forward(x)             learn
        dx       = run.backward(dy, cache)

    A run is made for one pass; the cache is the run itself. Results are those of the plain
    layers, as closely as the module of the run says.
    """

    kinds: ClassVar[tuple[type[Layer], ...]]
    refuses: ClassVar[int] = 0  # the place among them of the one that may raise a ShapeError

    def __init__(self, layers: Sequence[Any]) -> None:
        self.layers = layers

    @abstractmethod
    def accepts(self, x: Array) -> bool:
        """Whether these very layers take this very x so; if not, each runs by itself."""

    @abstractmethod
    def __call__(self, x: Array) -> Array: ...

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Self]: ...

    @abstractmethod
    def backward(self, dy: Array, cache: Self) -> Array: ...

    def backward_parameters(self, dy: Array, cache: Self) -> None:
        self.backward(dy, cache)


_runs: dict[
    type[Layer], list[type[FusedLayers]]
] = {}  # by the kind of their first layer, longest first


def register(run: type[FusedLayers]) -> type[FusedLayers]:
    """Enter a kind of run into the table."""
    known = _runs.setdefault(run.kinds[0], [])
    known.append(run)
    known.sort(key=lambda each: -len(each.kinds))
    return run


def find(layers: Sequence[Layer], start: int, x: Array) -> FusedLayers | None:
    """The run that begins at ``layers[start]`` and takes ``x``, if there is one."""
    candidates = _runs.get(type(layers[start]))
    if candidates is None or not _on.get() or kernels.of(x) is kernels.REFERENCE:
        return None
    for kind in candidates:
        part = layers[start : start + len(kind.kinds)]
        if tuple(map(type, part)) == kind.kinds:
            run = kind(part)
            if run.accepts(x):
                return run
    return None


@contextmanager
def off() -> Iterator[None]:
    """Inside a ``with`` block every layer runs by itself."""
    token = _on.set(False)
    try:
        yield
    finally:
        _on.reset(token)
