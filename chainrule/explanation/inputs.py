"""A tiny input for any layer: the first of many shapes that it takes."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np

from ..errors import InputError
from ..layers.base import Layer, arguments, named_arrays, walk
from ..layers.shapes import infer_shape
from ..random import generator
from ..types import Array, Shape

SIDES = (2, 3, 4, 5, 6, 7, 8, 12, 16, 28, 32)
GREATEST = 1 << 16  # numbers in an input worth trying


def tiny_inputs(layer: Layer) -> tuple[Array, ...]:
    """Distinct numbers of both signs in a shape that ``layer`` takes, away from 0.

    The shape is that of the layer's ``example``, if it states one; else it has 2 axes if the layer
    takes that, else 4, and its last axis is found among the sizes in the layer. InputError where
    nothing fits.
    """
    example, dtype = layer.example, dtype_of(layer)
    for shape in _shapes(layer):
        names = [f"input {i}" for i in range(example.inputs)]
        xs = tuple(spread(shape, example.span, name).astype(dtype) for name in names)
        if _takes(layer, xs):
            return xs
    raise InputError(f"no small input was found that {type(layer).__name__} takes: give x")


def spread(shape: Shape, span: float, stream: str) -> Array:
    """Numbers evenly spread over (-span, span), in an order drawn once and for all."""
    n = int(np.prod(shape))
    ranks = generator("explain", stream, n).permutation(n)
    return ((2 * ranks + 1 - n) / n * span + 0.07).round(2).reshape(shape)


def dtype_of(layer: Layer) -> np.dtype[np.generic]:
    """That of the first floating-point array inside, float32 where there is none."""
    dtypes = [node.value.dtype for _, node in named_arrays(layer)]
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return np.dtype(floats[0] if floats else np.float32)


def _takes(layer: Layer, xs: tuple[Array, ...]) -> bool:
    try:
        infer_shape(layer, *(x.shape[1:] for x in xs))  # most shapes are refused here, for nothing
        y, _ = copy.deepcopy(layer).forward(*xs)
    except ValueError:  # InputError and ShapeError are; layers of other people may raise it too
        return False
    return bool(y.size and np.isfinite(y).all())


def _shapes(layer: Layer) -> Iterator[Shape]:
    if layer.signature:
        yield (2, *layer.signature.image_shape)
    if layer.example.shape:
        yield layer.example.shape
    sizes = _sizes(layer)
    if not sizes:
        yield 2, 4
    sizes += [c for c in (2, 3, 1, 4) if c not in sizes]
    for c in sizes:
        yield 3, c
    least = max(inner.example.side for inner in walk(layer))
    for side in SIDES:
        for c in sizes:
            if side >= least and side * side * c <= GREATEST:
                if side > 2:
                    yield 1, side, side, c
                yield 2, side, side, c  # of one, a batch norm behind a Flatten sees one value
    for h, w, c in np.ndindex(5, 5, 4):  # a model whose first layers flatten a small image
        yield 3, h + 1, w + 1, c + 1


def _sizes(layer: Layer) -> list[int]:
    """Numbers that may be channels: whole arguments, and axes of parameters."""
    found: dict[int, None] = {}
    for inner in walk(layer):
        found |= dict.fromkeys(v for v in arguments(inner).values() if type(v) is int and v > 0)
    for _, node in named_arrays(layer):
        found |= dict.fromkeys(node.shape)
    return list(found)
