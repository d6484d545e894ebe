"""The protocol of layers that run as one, and how a container finds them; ``fusion/`` has them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple

from .. import kernels
from ..errors import InputError, did_you_mean
from ..types import Array
from .base import Layer
from .shard import shard

FUSED: list[type[FusedLayers]] = []
"""Every kind of fused layers, those of most layers first."""

_off: ContextVar[frozenset[str]] = ContextVar("fusion off", default=frozenset())


class FusedLayers(ABC):
    """Layers of exactly these ``kinds``, in this order, run as one.

        y        = fused(x)                     predict
        y, cache = fused.forward(x)             learn
        dx       = fused.backward(dy, cache)

    It is made anew for each pass and keeps nothing but the layers. Results are those of the plain
    layers, as closely as the module says. Where it raises a ShapeError the plain layers run in
    its place and raise their own, which names the layer and the way there.
    """

    name: ClassVar[str]  # for ``off``
    kinds: ClassVar[tuple[type[Layer], ...]]

    def __init__(self, *layers: Any) -> None:
        self.layers = layers

    @abstractmethod
    def accepts(self, x: Array) -> bool:
        """Whether these very layers take this very x so; if not, each runs by itself."""

    @abstractmethod
    def __call__(self, x: Array) -> Array: ...

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Any]: ...

    @abstractmethod
    def backward(self, dy: Array, cache: Any) -> Array: ...

    def backward_parameters(self, dy: Array, cache: Any) -> None:
        self.backward(dy, cache)


class FusedCache(NamedTuple):
    """What a container keeps of fused layers: of which kind they were, and their cache."""

    kind: type[FusedLayers]
    cache: Any


def register(kind: type[FusedLayers]) -> type[FusedLayers]:
    """Let containers find this kind."""
    FUSED.append(kind)
    FUSED.sort(key=lambda each: -len(each.kinds))
    return kind


def find(layers: Sequence[Layer], start: int, x: Array) -> FusedLayers | None:
    """The fused layers that begin at ``layers[start]`` and accept ``x``, if there are any."""
    if kernels.of(x) is kernels.REFERENCE:
        return None
    first, off = type(layers[start]), _off.get()
    for kind in FUSED:
        if kind.kinds[0] is first and kind.name not in off:
            part = layers[start : start + len(kind.kinds)]
            if tuple(map(type, part)) != kind.kinds or shard().gather is not None:
                continue  # fused norms take the statistics of the part that they are given
            if (fused := kind(*part)).accepts(x):
                return fused
    return None


@contextmanager
def off(*names: str) -> Iterator[None]:
    """Inside a ``with`` block every layer runs by itself; given ``names``, only the fused layers
    so named do not run as one, such as ``off("norm_relu_pool")``.

    InputError if there are none of a name.
    """
    known = frozenset(kind.name for kind in FUSED)
    for name in names:
        if name not in known:
            raise InputError(
                f"expected names of fused layers, received {name!r}{did_you_mean(name, known)}"
            )
    token = _off.set(_off.get() | (frozenset(names) or known))
    try:
        yield
    finally:
        _off.reset(token)
