"""Images that count more than others: weights of samples and of classes, and the loss with them.

    wᵢ = sᵢ c[labelᵢ] N / Σⱼ sⱼ c[labelⱼ]        mean 1 over the training set

A batch of n then has the loss 1/n Σ wᵢ lᵢ, in expectation Σ wᵢ lᵢ / Σ wᵢ of the whole set, whatever
weights the batch happens to hold; divided by its own Σ wᵢ, a batch of light images would count as
much as one of heavy images.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..arrays import native
from ..data.dataset import Dataset
from ..errors import InputError, did_you_mean
from ..losses import Loss
from ..printable import received
from ..step import Criterion
from ..text import plural
from ..types import Array

BALANCED = "balanced"
MIXED = (
    "sample_weight, class_weight: expected none with an augment that mixes images, whose labels "
    "have the weights of two; leave mixup and CutMix out"
)


def image_weights(train: Dataset, sample_weight: Any, class_weight: Any) -> Array | None:
    """float64 (N,) of mean 1, or None where nothing is weighted. InputError for weights that
    cannot be, and for those that leave nothing."""
    if sample_weight is None and class_weight is None:
        return None
    weights = sample_weights(sample_weight, len(train))
    if class_weight is not None:
        weights = weights * class_weights(class_weight, train, weights)[train.labels]
    total = weights.sum()
    if not total > 0:
        raise InputError(
            "sample_weight, class_weight: expected an image with a weight above 0, received "
            "weights that are zero for every one"
        )
    mean_one: Array = weights * (len(weights) / total)
    return mean_one


def sample_weights(given: Any, count: int) -> Array:
    """float64 (N,), ones where ``given`` is None. InputError unless they are finite, 0 or more,
    and not all 0."""
    if given is None:
        return np.ones(count)
    weights = native("sample_weight", given)
    if weights.shape != (count,) or weights.dtype.kind not in "fiub":
        raise InputError(
            f"sample_weight: expected {plural(count, 'number')}, one for each image, received "
            f"{weights.dtype} of shape {weights.shape}"
        )
    weights = weights.astype(np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        bad = weights[~(np.isfinite(weights) & (weights >= 0))][0]
        raise InputError(f"sample_weight: expected numbers of 0 or more, received {bad:g}")
    if not weights.any():
        raise InputError(
            "sample_weight: expected a weight above 0, received weights that are all zero"
        )
    return weights


def class_weights(given: Any, train: Dataset, weights: Array) -> Array:
    """float64 (K,), a factor for each class: "balanced" ones are inverse to the weights of its
    images, those of a mapping by name or number, 1 for a class that is left out."""
    k = len(train.classes)
    if isinstance(given, str) and given == BALANCED:
        sums = np.bincount(train.labels, weights, minlength=k)
        share = weights.sum() / np.count_nonzero(sums)
        balanced: Array = np.divide(share, sums, out=np.ones(k), where=sums > 0)
        return balanced
    if not isinstance(given, Mapping):
        raise InputError(
            f'class_weight: expected "{BALANCED}", or a dict of numbers by class, received '
            f"{received(given)}"
        )
    factors = np.ones(k)
    for name, value in given.items():
        factors[_place(name, train.classes)] = _factor(name, value)
    return factors


def _place(name: Any, classes: tuple[str, ...]) -> int:
    if (
        isinstance(name, int | np.integer)
        and not isinstance(name, bool)
        and 0 <= name < len(classes)
    ):
        return int(name)
    if str(name) in classes:
        return classes.index(str(name))
    near = did_you_mean(str(name), classes)
    raise InputError(f"class_weight: unknown class {received(name)}{near}")


def _factor(name: Any, value: Any) -> float:
    try:
        factor = float(value)
    except (TypeError, ValueError):
        factor = np.nan
    if not (np.isfinite(factor) and factor >= 0):
        raise InputError(
            f"class_weight: expected numbers of 0 or more, received {received(value)} for "
            f"{received(name)}"
        )
    return factor


def criterion(loss: Criterion, weights: Array | None) -> Criterion:
    """``loss`` itself, or with a weight for each image of the batch."""
    if weights is None:
        return loss
    of_any: Any = Loss.weighted  # a function of logits and targets is weighted as a loss is
    rule = loss.weighted if isinstance(loss, Loss) else partial(of_any, loss)
    return partial(rule, weights=weights)
