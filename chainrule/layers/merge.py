"""Layers of several inputs, where branches meet."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np

from ..arrays import namespace
from ..errors import InputError, ShapeError
from ..types import Array, Shape
from .base import Layer
from .example import Example
from .operations import Operations


class Merge(Layer):
    """A layer that takes two or more arrays of one batch and returns one gradient for each.

        y                = merge(x1, x2)
        y, cache         = merge.forward(x1, x2)
        (dx1, dx2), …    = merge.backward(dy, cache)

    It stands in a ``Graph`` or in ``Parallel``, where several arrays are at hand.

    x1, x2, …, dx1, dx2, … are of any shape that the layer states, batch first: (N, …).

    >>> import numpy as np
    >>> from chainrule.layers import Multiply
    >>> y, cache = Multiply().forward(np.array([[3.0]]), np.array([[5.0]]))
    >>> [dx.tolist() for dx in Multiply().backward(np.array([[1.0]]), cache)]
    [[[5.0]], [[3.0]]]
    """

    described = "Add(), Concat() or the like"

    def __call__(self, *xs: Array) -> Array:
        return self.forward(*xs)[0]

    @abstractmethod
    def forward(self, *xs: Array) -> tuple[Array, Any]: ...

    @abstractmethod
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]: ...  # type: ignore[override]

    example = Example(inputs=2)


class Add(Merge):
    """y = x₁ + … + xₖ        dL/dxᵢ = dy        all of one shape: nothing is broadcast

    ShapeError for different shapes, or fewer than two inputs.

    >>> import numpy as np
    >>> y, cache = Add().forward(np.array([[3.0]]), np.array([[5.0]]))
    >>> y.tolist(), len(Add().backward(y, cache))
    ([[8.0]], 2)
    """

    def forward(self, *xs: Array) -> tuple[Array, int]:
        _expect_equal_shapes(xs)
        y = xs[0] + xs[1]
        for x in xs[2:]:
            y += x
        return y, len(xs)

    def backward(self, dy: Array, count: int) -> tuple[Array, ...]:  # type: ignore[override]
        return (dy,) * count

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        return Operations(len(inputs) - 1).times(math.prod(output))

    def output_shape(self, *xs: Shape) -> Shape:
        return equal_shape(*xs)


class Multiply(Merge):
    """y = x₁ · … · xₖ        dL/dxᵢ = dy Πⱼ≠ᵢ xⱼ        all of one shape: nothing is broadcast

    The gradients multiply the other inputs rather than divide y, so a 0 is no trouble.

    ShapeError for different shapes, or fewer than two inputs.

    >>> import numpy as np
    >>> y, cache = Multiply().forward(np.array([[3.0]]), np.array([[5.0]]))
    >>> y.tolist(), [dx.tolist() for dx in Multiply().backward(np.array([[2.0]]), cache)]
    ([[15.0]], [[[10.0]], [[6.0]]])
    """

    def forward(self, *xs: Array) -> tuple[Array, tuple[Array, ...]]:
        _expect_equal_shapes(xs)
        return math.prod(xs[1:], start=xs[0]), xs

    def backward(self, dy: Array, xs: tuple[Array, ...]) -> tuple[Array, ...]:  # type: ignore[override]
        return tuple(math.prod(xs[:i] + xs[i + 1 :], start=dy) for i in range(len(xs)))

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        k = len(inputs)
        return Operations(k - 1, k * (k - 1)).times(math.prod(output))

    def output_shape(self, *xs: Shape) -> Shape:
        return equal_shape(*xs)


class Concat(Merge):
    """y = [x₁, …, xₖ] along ``axis``        dL/dxᵢ = the i-th piece of dy

    All other axes are equal. The default axis joins channels, (N, H, W, C₁ + … + Cₖ).

    InputError for axis 0, the batch's; ShapeError for inputs that differ along another axis.

    >>> import numpy as np
    >>> Concat()(np.zeros((2, 4, 4, 3)), np.zeros((2, 4, 4, 5))).shape
    (2, 4, 4, 8)
    """

    def __init__(self, axis: int = -1) -> None:
        if isinstance(axis, bool) or not isinstance(axis, int) or axis == 0:
            raise InputError(f"axis: expected an axis other than the batch's 0, received {axis!r}")
        self.axis = axis

    def forward(self, *xs: Array) -> tuple[Array, list[int]]:
        _expect_several(xs)
        shapes = [x.shape for x in xs]
        ndim = xs[0].ndim
        axis = self.axis + ndim if self.axis < 0 else self.axis
        if not 0 < axis < ndim or len({(*s[:axis], *s[axis + 1 :]) for s in shapes}) > 1:
            raise ShapeError(
                f"expected inputs that differ along axis {self.axis} alone, received {_list(xs)}"
            )
        ends = np.cumsum([shape[axis] for shape in shapes])
        return namespace(xs[0]).concatenate(xs, axis), ends[:-1].tolist()

    def backward(self, dy: Array, cuts: list[int]) -> tuple[Array, ...]:  # type: ignore[override]
        return tuple(namespace(dy).split(dy, cuts, self.axis))

    operations_per_element = Operations()

    def output_shape(self, *xs: Shape) -> Shape:
        axis = self.axis if self.axis < 0 else self.axis - 1  # without the batch's axis
        n = len(xs[0])
        axis = axis + n if axis < 0 else axis
        if not 0 <= axis < n or len({(*x[:axis], *x[axis + 1 :]) for x in xs}) > 1:
            raise ShapeError(
                f"expected inputs that differ along axis {self.axis} alone, received "
                f"{', '.join(map(str, xs))}"
            )
        return (*xs[0][:axis], sum(x[axis] for x in xs), *xs[0][axis + 1 :])


def _expect_several(xs: tuple[Array, ...]) -> None:
    if len(xs) < 2:
        raise ShapeError(
            f"expected two inputs or more, received {len(xs)}: "
            "a merge stands in a Graph or in Parallel"
        )
    if len({x.dtype for x in xs}) > 1:
        received = ", ".join(str(x.dtype) for x in xs)
        raise ShapeError(f"expected inputs of one dtype, received {received}")


def _expect_equal_shapes(xs: tuple[Array, ...]) -> None:
    _expect_several(xs)
    if len({x.shape for x in xs}) > 1:
        raise ShapeError(f"expected inputs of one shape, received {_list(xs)}")


def _list(xs: tuple[Array, ...]) -> str:
    return ", ".join(str(x.shape) for x in xs)


def equal_shape(*shapes: Shape) -> Shape:
    """The one shape of several samples. ShapeError where they differ."""
    if len(set(shapes)) > 1:
        raise ShapeError(f"expected inputs of one shape, received {', '.join(map(str, shapes))}")
    return shapes[0]
