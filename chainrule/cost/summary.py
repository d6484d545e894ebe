"""A model's cost by layer: parameters, operations, and the bytes that backward needs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .. import notebook, require
from ..arrays import is_on_gpu
from ..declared import checked
from ..device import on_host
from ..errors import InputError
from ..layers.base import Layer, learns, named_arrays, named_parameters, walk
from ..layers.normalize import Normalize
from ..layers.operations import operations_of
from ..notation import typed
from ..text import aligned, amount, plural, size
from ..types import Array
from .fresh import fresh_arrays
from .retained import RetainedBytes
from .trace import Visit, trace

FEW, MORE = 2, 4  # images in the two small steps that every batch is extrapolated from


@dataclass(frozen=True)
class LayerCost:
    """One use of a layer in a step on the whole batch. A container has only what is its own.

    parameters  numbers that are trained, counted at the layer's first use
    forward     operations; see ``chainrule.layers.operations``
    backward    operations, the input gradient included where it is asked for
    kept        bytes in its cache, run by itself, that no earlier layer keeps anyway
    seconds     of forward and backward, where a probe has timed them

    >>> from chainrule.layers import Linear
    >>> linear = cost(Linear(4, 3), batch_size=10, shape=(4,)).layers[0]
    >>> linear.output, linear.parameters, linear.forward  # 10 · 3 · (2 · 4 + 1)
    ((10, 3), 15, 270)
    """

    path: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    forward: int
    backward: int
    kept: int
    seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True, repr=False)
class Cost:
    """What one training step of a model costs at ``batch_size``, layer by layer.

    kept       bytes that the caches keep between the two passes; less than the layers' sum where
               ``chainrule.layers.fusion`` runs some of them as one
    uncounted  kinds of layers that do not state their operations: they count as 0

    ``print`` it for the table, which a notebook shows.

    >>> from chainrule import models
    >>> of_a_step = cost(models.mlp(4, (5,), 3), batch_size=10)
    >>> of_a_step.parameters, of_a_step.forward < of_a_step.backward
    (43, True)
    """

    layers: tuple[LayerCost, ...]
    batch_size: int
    kept: int
    uncounted: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Numbers that are trained."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def forward(self) -> int:
        """Operations of the forward pass over the batch."""
        return sum(layer.forward for layer in self.layers)

    @property
    def backward(self) -> int:
        """Operations of the backward pass over the batch."""
        return sum(layer.backward for layer in self.layers)

    @typed
    def __str__(self) -> str:
        rows = self._rows()
        return "\n".join([*aligned(rows, right=range(3, len(rows[0]))), self._note])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.html("", self._rows(), self._note)

    @property
    def _note(self) -> str:
        more = f"; not counted: {', '.join(self.uncounted)}" if self.uncounted else ""
        return f"operations and bytes of a step of {plural(self.batch_size, 'image')}{more}"

    def _rows(self) -> list[list[str]]:
        timed = any(layer.seconds is not None for layer in self.layers)
        header = ["layer", "kind", "output", "parameters", "forward", "backward", "kept"]
        rows = [
            [
                layer.path or "(all)", layer.kind, "x".join(map(str, layer.output[1:])),
                f"{layer.parameters:,}", amount(layer.forward), amount(layer.backward),
                size(layer.kept), *([f"{1e3 * (layer.seconds or 0):.3f}"] if timed else []),
            ]
            for layer in self.layers
            if layer.parameters or layer.forward or layer.kept or layer.backward
        ]  # fmt: skip
        total = [
            "total", "", "", f"{self.parameters:,}", amount(self.forward), amount(self.backward),
            size(self.kept),
        ]  # fmt: skip
        if timed:
            header.append("ms")
            total.append(f"{1e3 * sum(layer.seconds or 0 for layer in self.layers):.3f}")
        return [header, *rows, total]


@checked
def cost(model: Layer, batch_size: int = 1, shape: Sequence[int] | None = None) -> Cost:
    """Parameters, operations and kept bytes of a training step, by layer.

    ``shape`` (H, W, C) is that of an image; else the one that the model was made for. Two small
    steps of a copy give what every batch size costs, since all of it grows by the image. The
    model is left as it is; one without weights gets some in the copy.

    InputError for an image that the model does not take.

    >>> from chainrule import models
    >>> str(cost(models.mlp(784, (100,), 10), 128)).splitlines()[-2].split()[1]
    '79,510'
    """
    require.integer(1, batch_size=batch_size)
    shape = image_shape(model, shape)
    few, more = (trace(scratch_copy(model), random_batch(model, n, shape)) for n in (FEW, MORE))
    rows: list[LayerCost] = []
    seen: set[int] = set()
    uncounted: list[str] = []
    for visit, larger in zip(few, more, strict=True):
        fresh = [p for _, p in named_parameters(visit.layer) if id(p) not in seen]
        seen.update(map(id, fresh))
        row = _row(visit, batch_size, sum(p.value.size for p in fresh))
        if row is None:
            uncounted.append(type(visit.layer).__name__)
            row = LayerCost(visit.path, uncounted[-1], visit.output, 0, 0, 0, 0)
        rows.append(replace(row, kept=_extrapolated(visit.kept, larger.kept, batch_size)))
    at_few, at_more = (
        _kept_by_all(scratch_copy(model), random_batch(model, n, shape)) for n in (FEW, MORE)
    )
    kept = _extrapolated(at_few, at_more, batch_size)
    return Cost(tuple(rows), batch_size, kept, tuple(dict.fromkeys(uncounted)))


def _row(visit: Visit, n: int, parameters: int) -> LayerCost | None:
    """A visit at a batch of n."""
    xs, y = tuple((n, *x[1:]) for x in visit.inputs), (n, *visit.output[1:])
    kind = type(visit.layer).__name__
    done = operations_of(visit.layer, xs, y)
    if done is None:
        return None
    backward = done.dparameters * learns(visit.layer) + done.dx * visit.asks_dx
    return LayerCost(visit.path, kind, y, parameters, done.forward, backward, 0)


def _kept_by_all(model: Layer, x: Array) -> int:
    kept = RetainedBytes([node.value for _, node in named_arrays(model)])
    with np.errstate(all="ignore"), fresh_arrays():
        _, cache = model.forward_parameters(x)
        return kept.add(cache)


def _extrapolated(few: int, more: int, n: int) -> int:
    """Bytes for n images, from those for FEW and MORE: a straight line."""
    return round(few + (more - few) / (MORE - FEW) * (n - FEW))


def scratch_copy(model: Layer) -> Layer:
    """A copy in the CPU's memory that may be used up, with weights."""
    arrays = [a for _, node in named_arrays(model) if node.drawn for a in node.arrays()]
    twin = copy.deepcopy(model, {id(a): on_host(a) for a in arrays if is_on_gpu(a)})
    return twin if twin.initialized else twin.init()


def image_shape(model: Layer, shape: Sequence[int] | None) -> tuple[int, ...]:
    """``shape``, or that of the model's signature. InputError if nobody says it."""
    if shape is not None:
        return tuple(shape)
    if model.signature is None:
        first = next((p for _, p in named_parameters(model)), None)
        if first is not None and len(first.shape) == 2:  # features in, features out
            return (first.shape[0],)
        raise InputError("shape: expected that of an image (H, W, C), the model does not say it")
    return tuple(model.signature.image_shape)


def random_batch(model: Layer, n: int, shape: Sequence[int]) -> Array:
    """n images of noise, of the dtype that the model is fed: uint8 if it normalizes them."""
    rng = np.random.default_rng(0)
    if any(isinstance(layer, Normalize) for layer in walk(model)):
        return rng.integers(0, 256, (n, *shape), np.uint8)
    return rng.standard_normal((n, *shape), np.float32)
