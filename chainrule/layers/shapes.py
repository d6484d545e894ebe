"""Shape inference: the shape of a layer's output from that of its input, without computing it.

Each layer states its own by ``Layer.output_shape``; here is what all of them share. Shapes are
those of one sample: (H, W, C) or (features,).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..errors import ShapeError
from ..types import Shape
from .base import Layer

MAX_VALUES = 2**28
"""Values that one sample may have anywhere in a model: 1 GiB as float32."""


def infer_shape(layer: Layer, *inputs: Shape) -> Shape | None:
    """The shape that ``layer`` makes of samples of these shapes; None where it is unknown.

    Raises ShapeError, naming the layer by its path, where they do not fit, or where one sample
    would have more than MAX_VALUES values.
    """
    if not _is_stated(type(layer)):
        return None
    for x in inputs:
        expect_shape(bool(x) and min(x) > 0, "(N, …), with no empty axis", x)
    shape = type(layer).output_shape(layer, *inputs)
    if shape is not None:
        expect_size(shape)
        if observe := _observer.get():
            observe(layer, inputs, shape)
    return shape


Observer = Callable[[Layer, tuple[Shape, ...], Shape], None]
_observer: ContextVar[Observer | None] = ContextVar("observer", default=None)


@contextmanager
def observed(by: Observer) -> Iterator[None]:
    """Inside, ``by`` is told (layer, shapes of its inputs, shape of its output) of every layer
    whose shape is inferred, those in containers included, each time that one is used."""
    token = _observer.set(by)
    try:
        yield
    finally:
        _observer.reset(token)


def _is_stated(kind: type[Layer]) -> bool:
    """Whether ``output_shape`` is about the forward that ``kind`` runs: one that a subclass has
    put in its place may make another shape."""
    for parent in kind.__mro__:
        if "output_shape" in vars(parent):
            return callable(vars(parent)["output_shape"])
        if "forward" in vars(parent) or "__call__" in vars(parent):
            break
    return False


def expect_size(shape: Shape) -> None:
    """Raise ShapeError for a sample of more than MAX_VALUES values."""
    if math.prod(shape) > MAX_VALUES:
        size = "x".join(map(str, shape))
        raise ShapeError(
            f"one sample would be {size} numbers, and at most {MAX_VALUES:,} are allowed"
        )


def expect_shape(fits: bool, expected: str, shape: Shape) -> None:
    """Raise ShapeError unless a sample of this ``shape`` fits."""
    if not fits:
        raise ShapeError(f"expected an input of shape {expected}, received {('N', *shape)}")


def expect_image(shape: Shape, channels: int | None = None) -> tuple[int, int, int]:
    """(H, W, C). Raises ShapeError unless it is that of an image, of so many channels if given."""
    fits = len(shape) == 3 and channels in (None, shape[-1])
    expect_shape(fits, f"(N, H, W, {'C' if channels is None else channels})", shape)
    return shape[0], shape[1], shape[2]


def expect_channels(shape: Shape, channels: int, axes: Container[int] = (1, 3)) -> Shape:
    """``shape``. Raises ShapeError unless it has so many channels, and so many axes."""
    fits = len(shape) in axes and shape[-1] == channels
    expect_shape(fits, f"(N, …, {channels})", shape)
    return shape


def same_shape(layer: Layer, x: Shape) -> Shape:
    """The ``output_shape`` of a layer that takes any shape and keeps it."""
    return x
