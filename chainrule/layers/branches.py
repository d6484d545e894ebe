"""Layers side by side: one input goes into each, and what comes out is merged.

Where a value is used twice its gradient is the sum of both uses. The sum is a new array: a
branch may hand on the very ``dy`` that it was given.
"""

from __future__ import annotations

import math
from typing import Any

from .. import kernels
from ..arrays import native
from ..errors import InputError, ShapeError
from ..types import Array, Shape
from .base import Layer, learns
from .containers import expect_layer, inside, shape_inside, tree
from .merge import Add, Merge, equal_shape
from .operations import Operations


class Residual(Layer):
    """y = body(x) + shortcut(x)        dL/dx = the body's + the shortcut's gradient of dy

    Without a shortcut y = body(x) + x, and dy itself reaches x beside what the body passes on:
    however deep the stack, the gradient has a way that no layer shrinks.

    x and y (N, …) of one shape, unless the shortcut changes it. InputError for what is no layer;
    ShapeError where the two shapes differ.

    Source: He et al. 2016, "Deep residual learning for image recognition".

    >>> import numpy as np
    >>> from chainrule.layers import ReLU
    >>> y, cache = Residual(ReLU()).forward(np.array([[-1.0, 2.0]]))
    >>> y.tolist(), Residual(ReLU()).backward(np.ones_like(y), cache).tolist()
    ([[-1.0, 4.0]], [[1.0, 2.0]])
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        expect_layer("body", body)
        if shortcut is not None:
            expect_layer("shortcut", shortcut)
        self.body, self.shortcut = body, shortcut

    def __call__(self, x: Array) -> Array:
        x = native("x", x)
        with inside("body"):
            y = self.body(x)
        with inside("shortcut"):
            short = x if self.shortcut is None else self.shortcut(x)
        return self._sum(y, short)

    def forward(self, x: Array) -> tuple[Array, list[Any]]:
        x = native("x", x)
        with inside("body"):
            y, cache = self.body.forward(x)
        if self.shortcut is None:
            return self._sum(y, x), [cache]
        with inside("shortcut"):
            short, short_cache = self.shortcut.forward(x)
        return self._sum(y, short), [short_cache, cache]

    def backward(self, dy: Array, caches: list[Any]) -> Array:
        dy = native("dy", dy)
        dx = self.body.backward(dy, caches.pop())
        short = dy if self.shortcut is None else self.shortcut.backward(dy, caches.pop())
        return kernels.of(dx).add(dx, short)

    def backward_parameters(self, dy: Array, caches: list[Any]) -> None:
        dy = native("dy", dy)
        for branch in (self.body, self.shortcut):
            if branch is not None:
                _learn(branch, dy, caches.pop())

    def _sum(self, y: Array, short: Array) -> Array:
        if y.shape != short.shape:
            raise ShapeError(
                f"the body gives {y.shape} and the shortcut {short.shape}: a sum needs one shape; "
                "let the shortcut change it, such as by a 1x1 convolution"
            )
        return kernels.of(y).add(y, short)

    def __repr__(self) -> str:
        parts = [("body", self.body), ("shortcut", self.shortcut)]
        return tree("Residual", [(name, part) for name, part in parts if part is not None])

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        return Operations(math.prod(output), math.prod(inputs[0]))

    def output_shape(self, x: Shape) -> Shape | None:
        y = shape_inside("body", self.body, x)
        short = x if self.shortcut is None else shape_inside("shortcut", self.shortcut, x)
        return y if y is None or short is None else equal_shape(y, short)


class Parallel(Layer):
    """y = merge(f₁(x), …, fₖ(x))        dL/dx = Σᵢ of the gradients through branch i

    ``merge`` is Add() unless another is given; Concat() puts the branches' channels side by
    side, as an inception block does.

    x (N, …) is what every branch takes. InputError for fewer than two branches, and for what is no
    layer; ShapeError where ``merge`` does not take the branches' shapes.

    Source: Szegedy et al. 2015, "Going deeper with convolutions".

    >>> import numpy as np
    >>> from chainrule.layers import Concat, LeakyReLU, ReLU
    >>> Parallel(ReLU(), LeakyReLU(0.5), merge=Concat())(np.array([[-2.0, 4.0]])).tolist()
    [[0.0, 4.0, -1.0, 4.0]]
    """

    def __init__(self, *branches: Layer, merge: Merge | None = None) -> None:
        if len(branches) < 2:
            raise InputError(f"branches: expected two or more, received {len(branches)}")
        for i, branch in enumerate(branches):
            expect_layer(f"branches.{i}", branch)
        if merge is not None and not isinstance(merge, Merge):
            raise InputError(f"merge: expected Add(), Concat() or the like, received {merge!r}")
        self.branches = list(branches)
        self.merge = Add() if merge is None else merge

    def __call__(self, x: Array) -> Array:
        x = native("x", x)
        ys = []
        for i, branch in enumerate(self.branches):
            with inside(f"branches.{i}"):
                ys.append(branch(x))
        with inside("merge"):
            return self.merge(*ys)

    def forward(self, x: Array) -> tuple[Array, list[Any]]:
        x = native("x", x)
        ys, caches = [], []
        for i, branch in enumerate(self.branches):
            with inside(f"branches.{i}"):
                y, cache = branch.forward(x)
            ys.append(y)
            caches.append(cache)
        with inside("merge"):
            y, cache = self.merge.forward(*ys)
        return y, [*caches, cache]

    def backward(self, dy: Array, caches: list[Any]) -> Array:
        *dys, d = self.merge.backward(native("dy", dy), caches.pop())
        dx = self.branches[-1].backward(d, caches.pop())
        for branch, d in zip(reversed(self.branches[:-1]), reversed(dys), strict=True):
            dx = kernels.of(dx).add(dx, branch.backward(d, caches.pop()))
        return dx

    def backward_parameters(self, dy: Array, caches: list[Any]) -> None:
        dys = self.merge.backward(native("dy", dy), caches.pop())
        for branch, d in zip(reversed(self.branches), reversed(dys), strict=True):
            _learn(branch, d, caches.pop())

    def __repr__(self) -> str:
        parts = [(str(i), branch) for i, branch in enumerate(self.branches)]
        return tree("Parallel", [*parts, ("merge", self.merge)])

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        return Operations(0, len(self.branches) - 1).times(math.prod(inputs[0]))

    def output_shape(self, x: Shape) -> Shape | None:
        ys = [shape_inside(f"branches.{i}", f, x) for i, f in enumerate(self.branches)]
        return shape_inside("merge", self.merge, *ys)


def _learn(layer: Layer, dy: Array, cache: Any) -> None:
    if learns(layer):
        layer.backward_parameters(dy, cache)
