"""What a loss refuses, and in which words: both shapes, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from ..arrays import namespace, native
from ..errors import InputError, ShapeError
from ..ranges import NonNegativeFloat
from ..types import Array
from .base import Loss

ClassWeights = Annotated[
    Sequence[NonNegativeFloat], Meta(description="one number of 0 or more for each class")
]


def check_labels(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Both as the kernels take them: floats (N, K), and int64 (N,). Raise unless the labels are N
    whole numbers in [0, K)."""
    logits, labels = native("logits", logits), native("labels", labels)
    _check_floats("logits", logits)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ShapeError(
            "the loss expects logits (N, K) and labels (N,), "
            f"received {logits.shape} and {labels.shape}{_labels_fix(logits, labels)}"
        )
    if labels.dtype.kind not in "iu":
        raise ShapeError(
            f"the loss expects integer labels, received {labels.dtype}; "
            "use labels.astype(np.int64) if they are whole"
        )
    k, given = logits.shape[1], labels
    labels = labels.astype(np.int64, copy=False)
    # read as unsigned, a negative label is a huge one: one pass instead of two
    if labels.view(np.uint64).max() >= k:
        bad = int(given[(given < 0) | (given >= k)][0])
        raise InputError(f"label {bad} is outside 0..{k - 1}, the outputs that the model has")
    return logits, labels


def check_targets(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Both as the kernels take them, ``targets`` in the dtype of ``outputs``. Raise unless both
    are floats of one shape, and the targets finite."""
    outputs, targets = native("outputs", outputs), native("targets", targets)
    _check_floats("outputs", outputs)
    if outputs.shape != targets.shape:
        fix = f"; use targets.reshape{outputs.shape}" if outputs.size == targets.size else ""
        raise ShapeError(
            "the loss expects outputs and targets of one shape, "
            f"received {outputs.shape} and {targets.shape}{fix}"
        )
    _check_floats("targets", targets, f"; use targets.astype(np.{outputs.dtype})")
    xp = namespace(outputs)
    if not xp.isfinite(targets).all():
        raise InputError("targets: expected finite numbers, received NaN or infinity")
    with np.errstate(over="ignore"):
        cast = targets.astype(outputs.dtype, copy=False)
    if cast is not targets and not xp.isfinite(cast).all():
        raise InputError(
            f"targets: expected numbers that {outputs.dtype} holds, received "
            f"{float(abs(targets).max()):g}"
        )
    return outputs, cast


def check_distributions(logits: Array, targets: Array) -> tuple[Array, Array]:
    """``check_targets`` for rows that are distributions over K classes."""
    if logits.ndim != 2:
        raise ShapeError(f"the loss expects logits (N, K), received {logits.shape}")
    logits, targets = check_targets(logits, targets)
    total = targets.sum(axis=1, dtype=np.float64)
    if targets.min() < 0 or abs(total - 1).max() > 1e-3:
        bad = int(((targets < 0).any(axis=1) | (abs(total - 1) > 1e-3)).argmax())
        raise InputError(
            "targets: expected rows of probabilities that add up to 1, "
            f"row {bad} has sum {float(total[bad]):.4g} and minimum {float(targets[bad].min()):.4g}"
        )
    return logits, targets


def expect_soft(loss: Loss, classes: int, name: str) -> None:
    """Raise InputError, about ``name``, unless ``loss`` takes distributions over the classes."""
    try:
        loss(np.zeros((1, classes), np.float32), np.full((1, classes), 1 / classes, np.float32))
    except ShapeError:
        raise InputError(
            f"{name}: mixed images have mixed labels, which {type(loss).__name__} cannot take; "
            "use SoftmaxCrossEntropy, or leave mixup and CutMix out"
        ) from None


def as_weights(weights: ClassWeights | Array | None) -> tuple[float, ...] | None:
    """Weights, one a class, as a tuple of floats, so that equal ones are equal losses."""
    return None if weights is None else tuple(map(float, weights))


def weights_like(name: str, weights: tuple[float, ...], logits: Array) -> Array:
    """One weight for each of the K outputs, beside ``logits`` and in their dtype."""
    k = logits.shape[1]
    if len(weights) != k:
        raise ShapeError(
            f"{name}: expected one number for each of the {k} outputs, received {len(weights)}"
        )
    beside: Array = namespace(logits).asarray(weights, logits.dtype)
    return beside


def _check_floats(name: str, x: Array, way_out: str = "") -> None:
    if not np.issubdtype(x.dtype, np.floating):
        raise ShapeError(f"the loss expects floating-point {name}, received {x.dtype}{way_out}")
    if x.size == 0:
        raise ShapeError(f"an empty batch has no mean loss: received {name} of shape {x.shape}")


def _labels_fix(logits: Array, labels: Array) -> str:
    if labels.shape == logits.shape and labels.ndim == 2:
        return "; use labels.argmax(axis=1) if they are one-hot"
    if logits.ndim == 2 and labels.size == len(logits):
        return "; use labels.reshape(-1)"
    return ""
