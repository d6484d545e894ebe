"""How good a classifier is: counts and sums over the whole set, and how far to trust them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from . import notebook
from .arrays import class_indices, native
from .confusion import ClassScores as ClassScores
from .confusion import Confusion as Confusion
from .confusion import precision_recall_f1 as precision_recall_f1
from .data.given import as_dataset
from .data.image_layout import expect_layout
from .data.lazy import is_in_file
from .data.loader import batch_for
from .data.matching import places
from .declared import checked
from .device import run_on_host
from .errors import InputError
from .losses import Loss, SoftmaxCrossEntropy
from .printable import received
from .public import publish
from .ranges import Units
from .significance import McNemar as McNemar
from .significance import mcnemar as mcnemar
from .significance import wilson_interval as wilson_interval
from .text import percent, plural
from .types import Array

Model = Callable[[Array], Array]
"""Images (N, H, W, C) to logits (N, K): a layer, an ensemble, or a function."""
"""Anything that turns images (N, H, W, C) into logits (N, K): a layer, an ensemble."""


class Labeled(Protocol):
    """Images with labels, such as a ``Dataset``."""

    @property
    def images(self) -> Array:
        """uint8 (N, H, W, C)"""

    @property
    def labels(self) -> Array:
        """int64 (N,)"""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes."""


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What a model did on N labeled images of K classes.

    loss           mean over the images
    accuracy       share of right answers, 0..1
    interval       95 % interval of the accuracy (Wilson)
    count          N
    per_class      (K,) accuracy on the images of each class; NaN where there is none
    answers        which classes were taken for which, as counts of the pairs that occurred
    confusion      int64 (K, K), rows the true class, columns the predicted one; made of
                   ``answers`` when asked for, since for 10,000 classes it is 800 MB
    probabilities  (N, K), in the dtype of the logits

    An image whose logits have no softmax (a NaN, or +inf) has NaN probabilities, counts as
    wrong and stands in no column of ``confusion``.

    >>> from chainrule import data, models
    >>> _, test = data.digits()
    >>> evaluation = evaluate(models.mlp((8, 8, 1), (8,), 10).init(0), test)
    >>> bool(evaluation.interval[0] < evaluation.accuracy < evaluation.interval[1])
    True
    """

    loss: float
    accuracy: float
    interval: tuple[float, float]
    count: int
    per_class: Array
    answers: Confusion
    probabilities: Array

    @property
    def confusion(self) -> Array:
        """Cᵢⱼ = how many images of class i were taken for class j        int64 (K, K)"""
        return self.answers.matrix

    @property
    def predicted(self) -> Array:
        """int64 (N,): the most probable class of each image, -1 where there is none."""
        return most_probable(self.probabilities)

    def __repr__(self) -> str:
        low, high = (100 * bound for bound in self.interval)
        return (
            f"accuracy {percent(self.accuracy, 1)} [{low:.1f}, {high:.1f}], "
            f"loss {self.loss:.3f}, {plural(self.count, 'image')}"
        )

    def _repr_html_(self) -> str:
        columns = self.per_class, self.answers.correct, self.answers.totals
        rows = [
            (str(k), percent(share), f"{right:,}", f"{answered:,}")
            for k, (share, right, answered) in enumerate(zip(*columns, strict=True))
        ]
        return notebook.html(repr(self), [("class", "accuracy", "right", "answered"), *rows])


DEFAULT_LOSS = SoftmaxCrossEntropy()
"""What an evaluation reports unless another loss is given."""


@checked
def evaluate(
    model: Model, dataset: Labeled, loss: Loss = DEFAULT_LOSS, batch_size: int | None = None
) -> Evaluation:
    """Compare a model's answers with the labels of a data set.

    ``batch_size`` images are predicted at a time: 512, or fewer of large ones.

    Every number is a sum over images divided by their count, so a short last batch weighs
    what it should. A model whose ``signature`` knows its classes is matched by their names:
    per_class, confusion and probabilities are in the order of ``dataset.classes``. Raises
    InputError for an empty data set, for one whose classes have other names, and, where the
    model does not know any, for one whose classes are not as many as its outputs.

    >>> from chainrule import data, models
    >>> _, test = data.digits()
    >>> evaluation = evaluate(models.mlp((8, 8, 1), (8,), 10).init(0), test)
    >>> evaluation.count, evaluation.probabilities.shape
    (359, (359, 10))
    """
    dataset = as_dataset(dataset, name="dataset")
    k = len(dataset.classes)
    n = len(dataset.labels)
    if n == 0:
        raise InputError("cannot evaluate on a data set without images")
    if len(dataset.images) != n:
        raise InputError(
            f"expected one label for each image, received {len(dataset.images):,} images and "
            f"{n:,} labels"
        )
    labels = class_indices("labels", dataset.labels, k)
    signature = getattr(model, "signature", None)
    place = None if signature is None else places(signature.classes, dataset.classes)
    targets = labels if place is None else place[labels]  # in the order of the outputs
    batches = _batches(model, dataset.images, batch_size)
    return _tallied(batches, labels, targets, place, k, loss)


@checked
def evaluate_logits(logits: Array, labels: Array, loss: Loss = DEFAULT_LOSS) -> Evaluation:
    """What a model did whose logits (N, K) are known already, for labels (N,): see `evaluate`.

    InputError for other shapes, no images, and labels outside 0..K-1.

    >>> import numpy as np
    >>> evaluate_logits(np.array([[2.0, 0.0], [1.0, 0.0]]), np.array([0, 1])).accuracy
    0.5
    """
    logits = _rows("logits", logits)
    labels = class_indices("labels", labels, logits.shape[1])
    if not len(logits) or len(logits) != len(labels):
        raise InputError(
            f"logits, labels: expected equally many of one or more, received {len(logits):,} and "
            f"{len(labels):,}"
        )
    parts = (slice(i, i + 512) for i in range(0, len(logits), 512))
    batches = ((part, logits[part]) for part in parts)
    return _tallied(batches, labels, labels, None, logits.shape[1], loss)


@checked
def predict_logits(
    model: Model,
    dataset: Labeled,
    batch_size: int | None = None,
    *,
    share: tuple[int, int] = (0, 1),
) -> Array:
    """The logits of a data set's images, (N, K), in the order of its classes.

    ``batch_size`` images are predicted at a time: 512, or fewer of large ones. ``share`` (i, n)
    asks for those of the i-th of n equal parts, i from 0.

    InputError as from `evaluate`, and for a share that is none.

    >>> from chainrule import data, models
    >>> predict_logits(models.mlp((8, 8, 1), (8,), 10).init(0), data.digits()[1]).shape
    (359, 10)
    """
    dataset = as_dataset(dataset, name="dataset")
    if not len(dataset.labels):
        raise InputError("cannot evaluate on a data set without images")
    signature = getattr(model, "signature", None)
    place = None if signature is None else places(signature.classes, dataset.classes)
    i, n = share
    if not 0 <= i < n:
        raise InputError(f"share: expected a part and how many there are, received {share}")
    count = len(dataset.labels)
    rows = range(count * i // n, count * (i + 1) // n)
    if not rows:
        return np.empty((0, len(dataset.classes)), np.float32)
    every = np.concatenate([z for _, z in _batches(model, dataset.images, batch_size, rows)])
    if every.shape[1] != len(dataset.classes):
        raise InputError(
            f"the model has {plural(every.shape[1], 'output')}, the data set "
            f"{plural(len(dataset.classes), 'class')}"
        )
    return every if place is None else every[:, place]


def _tallied(
    batches: Iterable[tuple[slice, Array]],
    labels: Array,
    targets: Array,
    place: Array | None,
    k: int,
    loss: Loss,
) -> Evaluation:
    """Batches of logits against their labels, in the order of the classes, and ``targets``, the
    same in the order of the outputs; ``place`` is where each class stands among these."""
    n = len(labels)
    losses = []
    predicted, p = np.empty(n, np.int64), np.empty((0, k), np.float32)
    for part, logits in batches:
        if logits.shape[1] != k:
            raise InputError(
                f"the model has {plural(logits.shape[1], 'output')}, "
                f"the data set {plural(k, 'class')}"
            )
        with np.errstate(all="ignore"):
            mean, _ = loss(logits, targets[part])
        losses.append(mean * len(logits))
        if not len(p):  # one array from the start: joining many would need twice the memory
            p = np.empty((n, k), logits.dtype)
        p[part] = softmax(logits if place is None else logits[:, place])
        predicted[part] = most_probable(p[part])
    correct = int(np.count_nonzero(predicted == labels))
    answered = predicted >= 0
    answers = Confusion.of(labels[answered], predicted[answered], k)
    of_class = np.bincount(labels, minlength=k)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of a class without images
        per_class = answers.correct / of_class
    interval = wilson_interval(correct, n)
    return Evaluation(math.fsum(losses) / n, correct / n, interval, n, per_class, answers, p)


@checked
def predict_probabilities(model: Model, images: Array, batch_size: int | None = None) -> Array:
    """p = softmax(model(images))        images (N, H, W, C) · p (N, K), rows sum to 1

    InputError as from the model, and for logits of another shape.

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> predict_probabilities(model, data.digits()[1].images[:3]).shape
    (3, 10)
    """
    if not is_in_file(images):
        images = native("images", images)
    if images.ndim == 0:
        raise InputError(f"images: expected a batch (N, …), received {received(images)}")
    if len(images) == 0:  # the model says what K is; asked with a blank, as -1 in a reshape needs
        blank = np.zeros((1, *images.shape[1:]), images.dtype)
        return predict_probabilities(model, blank)[:0]
    batches = _batches(model, images, batch_size)
    return np.concatenate([softmax(logits) for _, logits in batches])


def softmax(logits: Array) -> Array:
    """pₖ = exp(zₖ) / Σⱼ exp(zⱼ)        logits (N, K) · p (N, K), in the dtype of the logits

    The row maximum is subtracted first, and the sums are float64. A row with a NaN or +inf
    becomes NaN; -inf, as of a masked class, becomes 0. Whole numbers give float64.

    InputError unless the logits are numbers, (N, K).

    >>> import numpy as np
    >>> softmax(np.log([[1.0, 3.0]])).round(4).tolist()
    [[0.25, 0.75]]
    """
    logits = _rows("logits", logits)
    with np.errstate(invalid="ignore", under="ignore"):
        z = logits.astype(np.float64)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p: Array = e / e.sum(axis=1, keepdims=True)
        return p.astype(logits.dtype, copy=False) if logits.dtype.kind == "f" else p


def most_probable(probabilities: Array) -> Array:
    """int64 (N,): argmaxₖ of (N, K), the first of equals; -1 for a row with a NaN.

    InputError for another shape.

    >>> import numpy as np
    >>> most_probable(np.array([[0.1, 0.9], [0.5, 0.5], [np.nan, 1.0]])).tolist()
    [1, 0, -1]
    """
    probabilities = _rows("probabilities", probabilities)
    predicted: Array = probabilities.argmax(axis=1).astype(np.int64)
    predicted[np.isnan(probabilities).any(axis=1)] = -1
    return predicted


@checked
def top_k_accuracy(labels: Array, probabilities: Array, k: int = 5) -> float:
    """Share of images whose label is among the k most probable classes.

    labels (N,) · probabilities or logits (N, K). Of equal classes the first comes first, so
    that k = 1 is the accuracy; a row with a NaN counts as wrong. NaN if N is 0.

    InputError for a ``k`` below 1, and for other shapes.

    >>> import numpy as np
    >>> p = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    >>> top_k_accuracy(np.array([1, 0]), p, k=2)
    0.5
    """
    if k < 1:
        raise InputError(f"k: expected at least 1, received {k}")
    labels, probabilities = native("labels", labels), native("probabilities", probabilities)
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise InputError(
            f"expected labels (N,) and probabilities (N, K), received {labels.shape} and "
            f"{probabilities.shape}"
        )
    if len(labels) == 0:
        return math.nan
    labels = class_indices("labels", labels, probabilities.shape[1])
    own = np.take_along_axis(probabilities, labels[:, None], axis=1)
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    rank = ((probabilities > own) | ((probabilities == own) & earlier)).sum(axis=1)
    valid = ~np.isnan(probabilities).any(axis=1)
    return float(np.mean((rank < k) & valid))


@checked
def confusion_matrix(labels: Array, predicted: Array, k: Units) -> Array:
    """Cᵢⱼ = how many images of class i were taken for class j        int64 (K, K)

    >>> import numpy as np
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return Confusion.of(labels, predicted, k).matrix


def _rows(name: str, x: Array) -> Array:
    """``x`` as an array (N, K) of real numbers, K at least 1; InputError for any other."""
    x = native(name, x)
    if x.ndim != 2 or x.shape[1] == 0 or x.dtype.kind not in "fiu":
        raise InputError(
            f"{name}: expected real numbers (N, K), received {x.dtype} of shape {x.shape}"
        )
    return x


def _batches(
    model: Model, images: Array, batch_size: int | None, rows: range | None = None
) -> Iterator[tuple[slice, Array]]:
    """(which images, their logits) of one batch after the other: of all, or of these rows."""
    rows = range(len(images)) if rows is None else rows
    batch_size = batch_for(images.shape) if batch_size is None else batch_size
    expect_layout(images.shape, getattr(getattr(model, "signature", None), "image_shape", None))
    if batch_size < 1:
        raise InputError(f"batch_size: expected at least 1, received {batch_size}")
    for start in range(rows.start, rows.stop, batch_size):
        part = slice(start, min(start + batch_size, rows.stop))
        with np.errstate(all="ignore"):  # a model that diverged overflows; its answers show it
            # read from its file if it lies in one
            logits = native("logits", run_on_host(model, native("images", images[part])))
        if logits.ndim != 2:
            raise InputError(f"a classifier returns logits (N, K), received {logits.shape}")
        yield part, logits


publish(
    globals(), "ClassScores", "Confusion", "DEFAULT_LOSS", "McNemar", "Model",
    "mcnemar", "precision_recall_f1", "wilson_interval",
)  # fmt: skip
