"""A model with something behind it that makes a number: what a gradient check differentiates."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ..arrays import native
from ..device import beside, on_host
from ..errors import InputError
from ..layers import Buffer, Layer, Parameter, named_arrays
from ..layers.base import trained_parameters
from ..losses import Loss
from ..penalties import L2
from ..printable import received
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
        dy = beside(y, dy)
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
        value, dy = self.loss(y, beside(y, native("labels", self.labels)))
        return value + (L2(self.reg)(parameters) if self.reg else 0.0), dy

    def at(self, rows: Sequence[int]) -> Objective:
        return replace(self, labels=self.labels[list(rows)])


class Problem:
    """f(arrays) = head(model(inputs)), a function of every parameter and of the inputs.

    The model is a float64 copy. Frozen parameters stay as they are. The units that dropout drops
    and the running statistics are the same at every evaluation. The input is the array "input"; a
    layer of several inputs has "input.0", "input.1", ….

    The arrays are in the CPU's memory wherever the model is, and so are outputs and gradients.

    ``pristine`` is that copy before its first forward: what a layer keeps to itself in one is not
    in the copies that experiments are made with.
    """

    def __init__(self, model: Layer, inputs: Sequence[Array], head: Head) -> None:
        self.pristine = copy.deepcopy(model).astype(np.float64)
        self.model = copy.deepcopy(self.pristine)
        self.head = head
        nodes = named_arrays(self.model)
        self.parameters = trained_parameters(self.model)
        self.buffers = [(node, node.value) for _, node in nodes if isinstance(node, Buffer)]
        many = len(inputs) > 1
        self.names = [f"{INPUT}.{i}" if many else INPUT for i in range(len(inputs))]
        self.device = model.device
        self.arrays = {path: on_host(parameter.value) for path, parameter in self.parameters}
        self.arrays |= dict(zip(self.names, map(_as_float64, inputs), strict=True))
        self.given = self.inputs  # the very arrays that the last forward got
        self.alone = False  # whether backward is to follow its forward with no other in between

    @property
    def inputs(self) -> list[Array]:
        return [self.arrays[name] for name in self.names]

    @property
    def size(self) -> int:
        """The number of samples in the batch."""
        return len(self.inputs[0])

    def run(self, arrays: Arrays) -> tuple[float, Array, Array, Any]:
        """(value, y, dy, cache) of one forward."""
        y, cache = self._forward(arrays)
        value, dy = self.head(y, self.parameters)
        return value, on_host(y), on_host(dy), cache

    def _forward(self, arrays: Arrays) -> tuple[Array, Any]:
        for path, parameter in self.parameters:
            parameter.value = self.device.put(arrays[path])
        for buffer, first in self.buffers:
            buffer.value = first.copy()
        # Copies, which a layer that writes into its input may spoil.
        self.given = [self.device.put(arrays[name].copy()) for name in self.names]
        return self.model.forward(*self.given)

    def value(self, arrays: Arrays) -> float:
        return self.run(arrays)[0]

    def backward(self, dy: Array, cache: Any) -> dict[str, Array | None]:
        """The gradient of every array; None for a parameter that backward never reached."""
        dxs = self.model.backward(self.device.put(dy), cache)
        each = dxs if isinstance(dxs, tuple) else (dxs,)
        grads: dict[str, Array | None] = dict.fromkeys(path for path, _ in self.parameters)
        grads |= {path: on_host(p.grad) for path, p in self.parameters if p.grad is not None}
        return grads | dict(zip(self.names, map(on_host, each), strict=True))

    def gradient(self, instead: Arrays | None = None) -> dict[str, Array | None]:
        """What backward says at the arrays that the problem came with.

        There is a forward of other values before, and one between this forward and its backward:
        a cache is a value, and neither may change what it holds. ``instead`` gives backward other
        parameter values than forward had: an experiment.
        """
        self._forward_elsewhere()
        self.model.clear_grads()
        _, _, dy, cache = self.run(self.arrays)
        after = [buffer.value for buffer, _ in self.buffers]
        self._forward_elsewhere()
        for (buffer, _), value in zip(self.buffers, after, strict=True):
            buffer.value = value
        for path, parameter in self.parameters:
            parameter.value = self.device.put((instead or {}).get(path, self.arrays[path]))
        return self.backward(dy, cache)

    def analytic_gradient(self) -> dict[str, Array]:
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
        copied = Problem(self.pristine, inputs, head)
        copied.alone = self.alone
        return copied

    def elsewhere(self, *, inputs: bool = True, parameters: bool = True) -> Problem:
        """The same with other inputs and parameters, or one of the two, not far from these."""
        arrays = {
            path: self._other_values[path]
            if (inputs if path in self.names else parameters)
            else array
            for path, array in self.arrays.items()
        }
        moved = self.copy([arrays[name] for name in self.names], self.head)
        for path, parameter in trained_parameters(moved.pristine):
            parameter.value = self.device.put(arrays[path])
        return moved.copy(moved.inputs, self.head)

    @cached_property
    def _other_values(self) -> dict[str, Array]:
        """Inputs mixed with their own entries read backwards, so that they stay in their range,
        and off what may be kinks; parameters changed by up to half."""
        others = {}
        for path, array in self.arrays.items():
            rng = generator("another point", path)
            if path in self.names:
                other = 0.6 * array + 0.4 * array.reshape(-1)[::-1].reshape(array.shape)
                other, still = off_kinks(other), not array.any()
            else:
                other = array * (1 + 0.5 * rng.uniform(-1, 1, array.shape))
                still = not array.any()
            others[path] = other + 0.1 * rng.random(array.shape) if still else other
        return others

    def _forward_elsewhere(self) -> None:
        """A forward that is not of the arrays of this problem. One that fails proves nothing."""
        if not self.alone:
            with suppress(Exception), np.errstate(all="ignore"):
                self._forward(self._other_values)


def off_kinks(x: Array) -> Array:
    """``x`` moved up by 1 to 2 % of its size: zeros, where a ReLU has its kink and the maxima of a
    pooling are equal, are what most inputs of an inner layer hold."""
    rms = float(np.sqrt(np.mean(x**2))) if x.size else 0.0
    return x + rms * generator("off kinks", x.size).uniform(0.01, 0.02, x.shape)


def of_layer(layer: Layer, inputs: Sequence[Array], seed: int = 0) -> Problem:
    """A layer on its own, under a random upstream gradient."""
    first = native("x", inputs[0])
    if first.ndim == 0:
        raise InputError(f"x: expected a batch (N, …), received {received(inputs[0])}")
    return Problem(layer, inputs, Upstream(seed, tuple(range(len(first)))))


def _as_float64(x: Array) -> Array:
    x = on_host(native("x", x))
    if x.dtype == np.uint8:
        return x / 255
    if not np.issubdtype(x.dtype, np.floating):
        raise InputError(f"x: expected floating-point numbers or uint8 images, received {x.dtype}")
    return x.astype(np.float64)
