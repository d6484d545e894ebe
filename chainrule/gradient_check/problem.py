"""A model with something behind it that makes a number: what a gradient check differentiates."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ..errors import InputError
from ..layers import Buffer, Layer, Parameter, named_arrays
from ..losses import Loss
from ..penalties import L2
from ..random import generator
from ..types import Array
from .function import Arrays

INPUT = "input"


class Head(Protocol):
    """What turns the outputs into a number, and gives the gradient to start from."""

    def __call__(self, y: Array, parameters: list[tuple[str, Parameter]]) -> tuple[float, Array]:
        """(value, dL/dy). A penalty adds its own gradient to the parameters."""
        ...

    def at(self, rows: Sequence[int]) -> Head:
        """The same for a batch of other samples: number ``rows[i]`` in place i."""
        ...


@dataclass(frozen=True)
class Upstream:
    """Σ y · dy with a random dy: for a layer that stands alone. ``rows`` are those of dy."""

    seed: int
    rows: tuple[int, ...]

    def __call__(self, y: Array, parameters: list[tuple[str, Parameter]]) -> tuple[float, Array]:
        everyone = max(self.rows, default=-1) + 1
        rng = generator("upstream gradient", self.seed)
        dy = rng.standard_normal((everyone, *y.shape[1:]))[list(self.rows)]
        return float((y * dy).sum()), dy

    def at(self, rows: Sequence[int]) -> Upstream:
        return replace(self, rows=tuple(self.rows[i] for i in rows))


@dataclass(frozen=True)
class Objective:
    """The loss of outputs and labels, plus ½ reg Σ W²: for a whole model."""

    loss: Loss
    labels: Array
    reg: float = 0.0

    def __call__(self, y: Array, parameters: list[tuple[str, Parameter]]) -> tuple[float, Array]:
        value, dy = self.loss(y, self.labels)
        return value + (L2(self.reg)(parameters) if self.reg else 0.0), dy

    def at(self, rows: Sequence[int]) -> Objective:
        return replace(self, labels=self.labels[list(rows)])


class Problem:
    """f(arrays) = head(model(inputs)), a function of every parameter and of the inputs.

    The model is a float64 copy. The units that dropout drops and the running statistics are the
    same at every evaluation. The input is the array "input"; a layer of several inputs has
    "input.0", "input.1", ….
    """

    def __init__(self, model: Layer, inputs: Sequence[Array], head: Head) -> None:
        self.model = copy.deepcopy(model).astype(np.float64)
        self.head = head
        nodes = named_arrays(self.model)
        self.parameters = [(path, node) for path, node in nodes if isinstance(node, Parameter)]
        self.buffers = [(node, node.value) for _, node in nodes if isinstance(node, Buffer)]
        many = len(inputs) > 1
        self.names = [f"{INPUT}.{i}" if many else INPUT for i in range(len(inputs))]
        self.arrays = {path: parameter.value for path, parameter in self.parameters}
        self.arrays |= dict(zip(self.names, map(_as_float64, inputs), strict=True))

    @property
    def inputs(self) -> list[Array]:
        return [self.arrays[name] for name in self.names]

    @property
    def size(self) -> int:
        """The number of samples in the batch."""
        return len(self.inputs[0])

    def run(self, arrays: Arrays) -> tuple[float, Array, Array, Any]:
        """(value, y, dy, cache) of one forward."""
        for path, parameter in self.parameters:
            parameter.value = arrays[path]
        for buffer, first in self.buffers:
            buffer.value = first.copy()
        y, cache = self.model.forward(*(arrays[name] for name in self.names))
        value, dy = self.head(y, self.parameters)
        return value, y, dy, cache

    def value(self, arrays: Arrays) -> float:
        return self.run(arrays)[0]

    def backward(self, dy: Array, cache: Any) -> dict[str, Array | None]:
        """The gradient of every array; None for a parameter that backward never reached."""
        dxs = self.model.backward(dy, cache)
        each = dxs if isinstance(dxs, tuple) else (dxs,)
        grads = {path: parameter.grad for path, parameter in self.parameters}
        return grads | dict(zip(self.names, each, strict=True))

    def gradient(self, instead: Arrays | None = None) -> dict[str, Array | None]:
        """What backward says at the arrays that the problem came with.

        ``instead`` gives backward other parameter values than forward had: an experiment.
        """
        self.model.clear_grads()
        _, _, dy, cache = self.run(self.arrays)
        for path, parameter in self.parameters:
            parameter.value = (instead or {}).get(path, parameter.value)
        return self.backward(dy, cache)

    def claim(self) -> dict[str, Array]:
        """``gradient``, where an array that backward never reached has a gradient of 0."""
        return {
            path: np.zeros_like(self.arrays[path]) if grad is None else grad
            for path, grad in self.gradient().items()
        }

    def at(self, rows: Sequence[int]) -> Problem:
        """The same with sample ``rows[i]`` in place i: one sample, or a batch twice over."""
        return self.copy([x[list(rows)] for x in self.inputs], self.head.at(rows))

    def copy(self, inputs: Sequence[Array], head: Head) -> Problem:
        """The same model, as it was at first, with other inputs and another head."""
        for path, parameter in self.parameters:
            parameter.value = self.arrays[path]
        for buffer, value in self.buffers:
            buffer.value = value
        self.model.clear_grads()
        return Problem(self.model, inputs, head)


def of_layer(layer: Layer, inputs: Sequence[Array], seed: int = 0) -> Problem:
    """A layer on its own, under a random upstream gradient."""
    return Problem(layer, inputs, Upstream(seed, tuple(range(len(inputs[0])))))


def _as_float64(x: Array) -> Array:
    if x.dtype == np.uint8:
        return x / 255
    if not np.issubdtype(x.dtype, np.floating):
        raise InputError(
            f"x: expected floating-point numbers or uint8 pictures, received {x.dtype}"
        )
    return x.astype(np.float64)
