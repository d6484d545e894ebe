"""One forward and one backward of a layer, with all that they leave: what a page is made of."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import Buffer, Layer, Parameter, named_arrays, named_parameters
from ..types import Array
from .inputs import spread


@dataclass(frozen=True)
class Passes:
    """What was computed, and from what.

    names       x, or x1, x2, …        xs, y, dy, dxs    arrays of any shape
    predicted   what the layer's call gives
    cache       in words: an array that exists anyway costs no memory
    buffers     (path, before, after) of those that forward changed
    untouched   the layer as it was before
    """

    names: list[str]
    xs: tuple[Array, ...]
    y: Array
    predicted: Array
    cache: str
    buffers: list[tuple[str, Array, Array]]
    dy: Array
    dxs: tuple[Array, ...]
    parameters: list[tuple[str, Parameter]]
    untouched: Layer

    @property
    def kept(self) -> str | None:
        """Which input is predicted as it is, in words; None where prediction computes."""
        same = any(self.predicted is x for x in self.xs)
        return (
            in_words(self.predicted, dict(zip(self.names, self.xs, strict=True))) if same else None
        )

    @property
    def differs(self) -> bool:
        """Whether predicting gives other numbers than learning."""
        return self.predicted.shape != self.y.shape or not np.allclose(
            self.predicted, self.y, equal_nan=True
        )


def run(layer: Layer, xs: tuple[Array, ...], dy: Array | None = None) -> Passes:
    """Both passes of a copy of ``layer``; dy is made up where it is not given. InputError for a dy
    of another shape than the output."""
    layer = copy.deepcopy(layer)
    layer.clear_grads()
    untouched = copy.deepcopy(layer)
    names = ["x"] if len(xs) == 1 else [f"x{i + 1}" for i in range(len(xs))]
    buffers = {p: node for p, node in named_arrays(layer) if isinstance(node, Buffer)}
    before = {path: node.value.copy() for path, node in buffers.items()}
    predicted = layer(*xs)
    y, cache = layer.forward(*xs)
    words = in_words(cache, dict(zip(names, xs, strict=True)) | {"y": y})
    shown = y.copy()  # which a cache that is y itself may not survive
    changed = [
        (path, before[path], node.value.copy())
        for path, node in buffers.items()
        if node.value.dtype.kind == "f" and not np.array_equal(node.value, before[path])
    ]
    dy = spread(y.shape, 1, "upstream").astype(y.dtype) if dy is None else dy
    if dy.shape != y.shape:
        raise InputError(f"dy: expected the shape of the output, {y.shape}, received {dy.shape}")
    dx = layer.backward(dy, cache)
    return Passes(
        names, xs, shown, predicted, words, changed, dy, dx if isinstance(dx, tuple) else (dx,),
        named_parameters(layer), untouched,
    )  # fmt: skip


def in_words(cache: Any, known: dict[str, Array]) -> str:
    """What a cache is made of: one of the ``known`` arrays, of any shape, costs no memory."""
    if isinstance(cache, np.ndarray):
        for name, array in known.items():
            if np.shares_memory(cache, array):
                return f"{name} itself" if cache.shape == array.shape else f"a view of {name}"
        return f"{cache.dtype} {cache.shape}"
    if isinstance(cache, dict):
        return in_words(tuple(cache.values()), known)
    if isinstance(cache, (tuple, list)):
        if cache and all(isinstance(item, int) for item in cache):
            return f"the numbers {tuple(cache)}"
        return f"({', '.join(in_words(item, known) for item in cache)})"
    return "nothing" if cache is None else f"one {type(cache).__name__}"
