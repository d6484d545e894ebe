"""How well a classic classifier does on test images, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ..data.dataset import Dataset
from ..data.holdout import stratified
from ..errors import InputError
from ..metrics import wilson_interval
from ..types import Array
from .estimator import Classifier


@dataclass(frozen=True, eq=False)
class Measurement:
    """accuracy with its 95 % interval on N test images, the predicted classes int64 (N,), and the
    seconds that fitting and predicting took."""

    accuracy: float
    interval: tuple[float, float]
    predicted: Array
    fit_seconds: float
    predict_seconds: float


def measure(classifier: Classifier, train: Dataset, test: Dataset) -> Measurement:
    """Fit ``classifier`` to ``train`` and measure it on ``test``. InputError as from both."""
    start = perf_counter()
    classifier.fit(train.images, train.labels)
    fitted = perf_counter()
    predicted = classifier.predict(test.images)
    seconds = perf_counter() - fitted
    right = int(np.count_nonzero(predicted == test.labels))
    interval = wilson_interval(right, len(test))
    return Measurement(right / len(test), interval, predicted, fitted - start, seconds)


def some(dataset: Dataset, count: int | None, seed: int, name: str) -> Dataset:
    """``count`` images of a data set, drawn class by class; all of it for None. InputError, naming
    the option, for more than there are."""
    if count is None or count == len(dataset):
        return dataset
    if not 1 <= count < len(dataset):
        raise InputError(
            f"{name}: expected from 1 to {len(dataset):,}, the images there are, received {count:,}"
        )
    present = len(np.unique(dataset.labels))
    if count > len(dataset) - present:  # each class would have to keep one
        return dataset.take(np.arange(count))
    return dataset.take(stratified(dataset.labels, count, seed, dataset.classes))
