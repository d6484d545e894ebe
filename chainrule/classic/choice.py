"""Which k, and which distance: tried on images that are held back, or on each fold in turn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import notebook, require
from ..data.folds import stratified_folds
from ..data.holdout import stratified
from ..declared import checked
from ..errors import InputError
from ..significance import wilson_interval
from ..text import aligned, percent, plural
from ..types import Array
from . import features, labels
from .neighbors import DISTANCES, KNN, elected, nearest

if TYPE_CHECKING:
    from ..plotting import Chart

KS = (1, 3, 5, 7, 9, 11, 15, 21)


@dataclass(frozen=True)
class KNNTrial:
    """How well one k and one distance did.

    accuracies  of each part that was held back: one, or one a fold
    correct     how many of the held back samples were answered right, of all ``count``

    >>> trial = KNNTrial("L2", 3, (0.9, 0.8), 17, 20)
    >>> trial.accuracy, [round(bound, 2) for bound in trial.interval], round(trial.spread, 3)
    (0.85, [0.64, 0.95], 0.071)
    """

    distance: str
    k: int
    accuracies: tuple[float, ...]
    correct: int
    count: int

    @property
    def accuracy(self) -> float:
        """The share of right answers on all held back samples."""
        return self.correct / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Where the accuracy lies with a probability of 95 % (Wilson)."""
        return wilson_interval(self.correct, self.count)

    @property
    def spread(self) -> float:
        """The standard deviation of the folds' accuracies; NaN of one part."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else math.nan


@dataclass(frozen=True, repr=False)
class KNNChoice:
    """Every trial, as `choose` returns it; ``best`` has the highest accuracy, of equals the
    smallest k, and then the distance that was named first.

    ``classifier()`` is a `KNN` of that k and distance, not fitted yet.

    >>> from chainrule import data
    >>> train, _ = data.digits()
    >>> choice = choose(train.images, train.labels, ks=(1, 5), distances=("L2",), folds=3)
    >>> choice
    k and distance by 3 folds of 1,438 images
    distance  k  accuracy     95% interval  deviation of folds
    L2        1    98.40%  97.61 to 98.93%               0.24%
    L2        5    98.47%  97.69 to 98.99%               0.44%
    >>> choice.best.k, choice.classifier()
    (5, KNN())
    """

    trials: tuple[KNNTrial, ...]
    images: int
    held_back: int
    folds: int | None

    @property
    def best(self) -> KNNTrial:
        """The trial of the highest accuracy."""
        names = list(dict.fromkeys(trial.distance for trial in self.trials))
        return max(self.trials, key=lambda t: (t.accuracy, -t.k, -names.index(t.distance)))

    def classifier(self) -> KNN:
        """The best one, to be fitted."""
        return KNN(self.best.k, distance=self.best.distance)

    @property
    def said(self) -> str:
        """How it was chosen, in words."""
        if self.folds is not None:
            return f"{self.folds} folds of {plural(self.images, 'image')}"
        return f"{plural(self.held_back, 'validation image')} of {self.images:,}"

    def rows(self) -> list[tuple[str, ...]]:
        """The table of the trials, its header first."""
        folds = self.folds is not None
        header = ("distance", "k", "accuracy", "95% interval", *["deviation of folds"] * folds)
        return [header, *(_row(trial, folds) for trial in self.trials)]

    def plot(self) -> Chart:
        """Accuracy against k, a line for each distance with its 95 % intervals, as a figure."""
        from .figures import error_bars

        return error_bars(self)

    def __repr__(self) -> str:
        return "\n".join(
            [f"k and distance by {self.said}", *aligned(self.rows(), right={1, 2, 3, 4})]
        )

    def _repr_html_(self) -> str:
        return notebook.html(f"k and distance by {self.said}", self.rows())


@checked
def choose(
    X: Any,
    y: Any = None,
    *,
    ks: Sequence[int] | None = None,
    distances: Sequence[str] = ("L2", "L1"),
    folds: int | None = None,
    validation: int | float = 0.1,
    random_state: int = 0,
) -> KNNChoice:
    """Try each k with each distance on samples that are held back, and say how well it did.

    X, y        as for `KNN.fit`; a data set may stand for both
    ks          1, 3, 5 … 21 by default, as far as there are neighbors
    folds       with so many folds each sample is held back once; else ``validation`` samples are,
                a number of them or a share, drawn class by class

    Distances are computed once for all k. InputError for a k, a distance or a number of folds that
    cannot be, and for samples that cannot be fitted.

    >>> from chainrule import data
    >>> train, _ = data.digits()
    >>> choice = choose(train.images, train.labels, distances=("L2",))
    >>> choice.said, choice.best.k
    ('144 validation images of 1,438', 15)
    """
    if y is None and hasattr(X, "images") and hasattr(X, "labels"):
        X, y = X.images, X.labels
    x, _ = features.rows(X)
    classes, codes = labels.encoded(labels.column(y, "KNN", len(x)))
    require.integer(0, random_state=random_state)
    if not len(distances) or (ks is not None and not len(ks)):
        raise InputError("ks, distances: expected one or more, received none")
    for distance in distances:
        require.one_of(*DISTANCES, distances=distance)
    parts = _parts(codes, folds, validation, random_state)
    most = len(x) - max(map(len, parts))
    chosen = [k for k in KS if k <= most] if ks is None else list(dict.fromkeys(ks))
    for k in chosen:
        require.integer(1, ks=k)
        if k > most:
            raise InputError(
                f"ks: expected at most {most:,}, the samples that are not held back, received {k}"
            )
    trials = []
    for distance in dict.fromkeys(distances):
        right: dict[int, list[int]] = {k: [] for k in chosen}
        for part in parts:
            kept = np.ones(len(x), bool)
            kept[part] = False
            _, places = nearest(x[part], x[kept], max(chosen), distance)
            neighbors = codes[kept][places]
            for k in chosen:
                said = elected(neighbors[:, :k], len(classes))
                right[k].append(int((said == codes[part]).sum()))
        trials += [_trial(distance, k, right[k], [len(part) for part in parts]) for k in chosen]
    return KNNChoice(tuple(trials), len(x), len(parts[0]), folds)


def _parts(
    codes: Array, folds: int | None, validation: int | float, random_state: int
) -> list[Array]:
    """The samples that are held back, each time."""
    if folds is None:
        size = validation
        if isinstance(validation, float):
            if not 0 < validation < 1:
                raise InputError(
                    f"validation: expected a number of samples, or a share between 0 and 1, "
                    f"received {validation}"
                )
            size = max(1, round(validation * len(codes)))
        return [stratified(codes, int(size), random_state)]
    require.integer(2, folds=folds)
    if folds > len(codes):
        raise InputError(
            f"folds: expected at most {len(codes):,}, the number of samples, received {folds:,}"
        )
    fold_of = stratified_folds(codes, folds, random_state)
    return [np.flatnonzero(fold_of == fold) for fold in range(folds)]


def _trial(distance: str, k: int, right: list[int], sizes: list[int]) -> KNNTrial:
    shares = tuple(count / size for count, size in zip(right, sizes, strict=True))
    return KNNTrial(distance, k, shares, sum(right), sum(sizes))


def _row(trial: KNNTrial, folds: bool) -> tuple[str, ...]:
    low, high = trial.interval
    return (
        trial.distance,
        str(trial.k),
        percent(trial.accuracy, 2),
        f"{100 * low:.2f} to {percent(high, 2)}",
        *[percent(trial.spread, 2)] * folds,
    )
