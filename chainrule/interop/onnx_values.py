"""What is known of the values of an ONNX graph while its nodes are read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..types import Array, Shape


@dataclass(frozen=True, eq=False)
class Value:
    """A value that a node of our graph makes, and how ONNX sees it.

    node   of our graph, or "input"
    shape  of a sample in ONNX's order of axes
    axes   a letter for each of these: "CHW" or a permutation of it, or "C" of features
    flat   ours is (N, F) and not (N, H, W, C); as "CHW" it is (F, 1, 1) there
    order  ours[:, order[j]] is feature j there; None where both are alike
    alone  no other node reads it, so its layer may take up what follows
    """

    node: str
    shape: Shape
    axes: str
    flat: bool
    order: Array | None = None
    alone: bool = True

    @property
    def channels(self) -> int:
        return self.shape[self.axes.index("C")]

    @property
    def features(self) -> int:
        return math.prod(self.shape)

    @property
    def ours(self) -> Shape:
        """The shape of a sample in our layout."""
        if self.flat:
            return (self.features,)
        h, w, c = (self.shape[self.axes.index(letter)] for letter in "HWC")
        return h, w, c

    def vector(self, array: Array) -> Array:
        """Numbers of ONNX's channels or features in our order."""
        if self.order is None:
            return array
        moved = np.empty_like(array)
        moved[self.order] = array
        return moved


View = tuple[Any, Array]


@dataclass(frozen=True, eq=False)
class Lazy:
    """A function of each element of ``base``, which becomes a layer when it is known whole: SiLU
    is x times its sigmoid, GELU five nodes.

    views   (what it is a function of, its values on the grid that it is told by): first ``base``,
            then what was made of that on the way, since x may be the whole of another function
    parts   what its last node reads
    bare    adds the layers that the last node is by itself, if it is any
    alone   no other node reads it
    """

    base: Value
    views: tuple[View, ...]
    parts: tuple[Any, ...]
    bare: Callable[[Any, Value], Value] | None
    node: Any
    alone: bool = True


@dataclass(frozen=True, eq=False)
class Grouped:
    """Channels cut into groups, (G, rest): the view that GroupNorm and Maxout are written by."""

    base: Value
    groups: int


@dataclass(frozen=True, eq=False)
class Padded:
    """An image with a border, which the convolution or pooling that reads it takes up."""

    base: Value
    padding: tuple[tuple[int, int], tuple[int, int]]
    mode: str
    value: float
    node: Any


@dataclass(frozen=True, eq=False)
class Softmaxed:
    """Probabilities, of which the logits are kept: losses take those."""

    base: Value
    node: Any


def shared(value: Any) -> Any:
    """A value that several nodes read: what follows must not change the layer that makes it."""
    if isinstance(value, Lazy):
        base = replace(value.base, alone=False)
        views = tuple((base if b is value.base else b, y) for b, y in value.views)
        return replace(value, alone=False, base=base, views=views)
    return replace(value, alone=False) if isinstance(value, Value) else value
