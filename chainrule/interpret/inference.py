"""A model as it predicts, with a backward pass: the gradients of what it says, not of a training.

`Layer.forward` is for learning: dropout drops, and batch norm takes the batch's statistics, so
that one image would change the gradient of another. Here a copy of the model, which shares its
weights, learns as the model predicts; the model itself is not touched.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from typing import Literal

import numpy as np

from ..device import expect_on_cpu
from ..errors import ChainruleWarning, InputError
from ..layers import (
    BatchNorm,
    Conv2d,
    Graph,
    Linear,
    Normalize,
    Parallel,
    Residual,
    Sequential,
    SwitchableNorm,
)
from ..layers.base import Layer, named_arrays, named_children, named_parameters, walk
from ..layers.dropout import RandomMask
from ..types import Array
from .running_statistics import RunningStatistics

Score = Literal["logit", "probability"]
MOST, PIXELS = 128, 1 << 19
"""Images of a batch, and pixels of all of them together: 128 of 64x64, 10 of 224x224."""
CLOSE = 1e-3
"""Of the largest logit: by how much rounding may part a forward pass from a prediction."""


class Inference:
    """s(x) = logit or probability of a class        x (N, H, W, C) · dx (N, H, W, C) · s (N,)

    ``model`` is the copy: its parameters share their arrays with the original, its buffers do
    not. Batch norm uses its running statistics, and dropout drops nothing. InputError for weights
    that are not finite.
    """

    def __init__(self, model: Layer) -> None:
        expect_finite(model)
        self.model = settled(twin(model))
        self.original = model

    def logits(self, x: Array) -> Array:
        """(N, K), as the model predicts them."""
        with np.errstate(all="ignore"):  # what overflows is said as an error
            return np.concatenate([self._expected(self.original(part)) for part in batches(x)])

    def gradient(
        self, x: Array, targets: Array, score: Score = "logit", batch_size: int | None = None
    ) -> tuple[Array, Array]:
        """s (N,) of the classes ``targets`` (N,), and dx = ds/dx in the shape of ``x``."""
        scores, gradients = [], []
        for part, of in zip(batches(x, batch_size), batches(targets, batch_size, x), strict=True):
            s, dx = self._gradient(part, of, score)
            scores.append(s)
            gradients.append(dx)
        return np.concatenate(scores), np.concatenate(gradients)

    def _gradient(self, x: Array, targets: Array, score: Score) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            logits, cache = self.model.forward(x)
            s, dlogits = scored(self._expected(logits), targets, score)
            dx = self.model.backward(dlogits, cache)
        for _, parameter in named_parameters(self.model):
            parameter.grad = None
        return s, np.asarray(dx)

    def _expected(self, logits: Array) -> Array:
        if logits.ndim != 2:
            raise InputError(
                f"model: expected a classifier with logits (N, K), received outputs {logits.shape}"
            )
        if not np.isfinite(logits).all():
            raise InputError("model: expected finite logits, received NaN or infinity")
        return logits

    def expect_same(self, x: Array) -> None:
        """Warn if the copy's forward pass is not the prediction: a layer of the user's own may
        differ in a way that nobody here knows."""
        with np.errstate(all="ignore"):
            predicted, learned = self.original(x), self.model.forward(x)[0]
        if np.abs(predicted - learned).max() > CLOSE * max(1.0, float(np.abs(predicted).max())):
            warnings.warn(
                "the model's forward pass differs from its prediction, as in a layer that draws "
                "random numbers to learn; gradients are those of the forward pass",
                ChainruleWarning,
                stacklevel=4,
            )

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Of the model's numbers, float32 if it has none."""
        return dtype_of(self.original)


def batches(x: Array, batch_size: int | None = None, like: Array | None = None) -> Iterator[Array]:
    """Parts of ``x``, of so many images as a forward and a backward pass may keep."""
    shape = (x if like is None else like).shape
    size = batch_size or max(1, min(MOST, PIXELS // max(1, int(np.prod(shape[1:3])))))
    return (x[start : start + size] for start in range(0, len(x), size))


def scored(logits: Array, targets: Array, score: Score) -> tuple[Array, Array]:
    """s (N,) and ds/dlogits (N, K): zₜ with 1 at t, or pₜ with pₜ (1 at t, less p)."""
    rows = np.arange(len(logits))
    one_hot = np.zeros_like(logits)
    one_hot[rows, targets] = 1
    if score == "logit":
        return logits[rows, targets], one_hot
    p = probabilities(logits)
    own = p[rows, targets]
    return own, own[:, None] * (one_hot - p)


def probabilities(logits: Array) -> Array:
    """softmax, (N, K)."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p: Array = e / e.sum(axis=1, keepdims=True)
    return p


def takes_pixels(model: Layer) -> bool:
    """Whether the model begins with pixels, in 0..1 or as uint8: it has a `Normalize`."""
    return any(isinstance(layer, Normalize) for layer in walk(model))


def dtype_of(model: Layer) -> np.dtype[np.floating]:
    """Of its floating-point arrays; float32 if there are none."""
    kinds = (node.value.dtype for _, node in named_arrays(model))
    return next((kind for kind in kinds if kind.kind == "f"), np.dtype(np.float32))


def expect_finite(model: Layer) -> None:
    """InputError unless all weights are numbers, naming the first that are not."""
    expect_on_cpu(model)
    for path, node in named_arrays(model):
        value = node.value
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            bad = int(value.size - np.isfinite(value).sum())
            raise InputError(
                f"model: expected finite weights, received {bad:,} of {value.size:,} in {path} "
                "that are NaN or infinite; the training has diverged"
            )


def twin(model: Layer) -> Layer:
    """A copy whose parameters have the same arrays; buffers are copied too, gradients are not."""
    shared = {}
    for _, parameter in named_parameters(model):
        for array in (parameter.value, parameter.grad):
            if array is not None:
                shared[id(array)] = array
    made = copy.deepcopy(model, shared)
    made.clear_grads()
    return made


def settled(model: Layer) -> Layer:
    """``model``, changed to learn as it predicts."""
    for layer in list(walk(model)):
        if isinstance(layer, BatchNorm):
            layer.frozen = True
        elif isinstance(layer, RandomMask):
            layer.rate = 0.0
        elif isinstance(layer, SwitchableNorm):
            layer.__class__ = RunningStatistics
        elif type(layer) in (Sequential, Residual, Parallel, Graph):
            for _, child in named_children(layer):
                if type(child) in (Conv2d, Linear):
                    # dL/dW, a third of the work, is not asked for
                    vars(child)["backward_parameters"] = _nothing
    return model


def _nothing(dy: Array, cache: object) -> None:
    return None
