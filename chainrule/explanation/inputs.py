"""A tiny input for any layer: the first of many shapes that it takes."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np

from ..errors import InputError
from ..layers.base import Layer, arguments, named_arrays, walk
from ..layers.merge import Merge
from ..random import generator
from ..types import Array

# Where the first shape that fits would show little, or the usual range nothing of the bends.
SHAPES = {"DropPath": (5, 3), "Flatten": (2, 2, 2, 2), "SpatialDropout": (1, 2, 2, 4)}
SPANS = {"HardSwish": 4.5, "ReLU6": 9.0}
SPAN = 2.5

# Images smaller than this leave a window nowhere to go.
WINDOWS = {"AdaptiveAvgPool2d": 4, "AvgPool2d": 4, "Conv2d": 4, "MaxPool2d": 4}
SIDES = (2, 3, 4, 5, 6, 7, 8, 12, 16, 28, 32)
GREATEST = 1 << 16  # numbers in an input worth trying


def tiny_inputs(layer: Layer) -> tuple[Array, ...]:
    """Distinct numbers of both signs in a shape that ``layer`` takes, away from 0.

    The shape has 2 axes if the layer takes that, else 4; its last axis is found among the sizes
    in the layer. InputError where nothing fits.
    """
    name, dtype = type(layer).__name__, dtype_of(layer)
    count = 2 if isinstance(layer, Merge) else 1
    for shape in _shapes(layer):
        span = SPANS.get(name, SPAN)
        xs = tuple(spread(shape, span, f"input {i}").astype(dtype) for i in range(count))
        if _takes(layer, xs):
            return xs
    raise InputError(f"no small input was found that {name} takes: give x")


def spread(shape: tuple[int, ...], span: float, stream: str) -> Array:
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
        y, _ = copy.deepcopy(layer).forward(*xs)
    except ValueError:  # InputError and ShapeError are; layers of other people may raise it too
        return False
    return bool(y.size and np.isfinite(y).all())


def _shapes(layer: Layer) -> Iterator[tuple[int, ...]]:
    if layer.signature:
        yield (2, *layer.signature.image_shape)
    if type(layer).__name__ in SHAPES:
        yield SHAPES[type(layer).__name__]
    sizes = _sizes(layer)
    if not sizes:
        yield 2, 4
    sizes += [c for c in (2, 3, 1, 4) if c not in sizes]
    for c in sizes:
        yield 3, c
    least = max(WINDOWS.get(type(inner).__name__, 0) for inner in walk(layer))
    for side in SIDES:
        for c in sizes:
            if side >= least and side * side * c <= GREATEST:
                yield 2 if side == 2 else 1, side, side, c
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
