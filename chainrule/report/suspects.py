"""Images whose labels are likely wrong.

A net is less sure where it errs than where it is right. Where the label errs instead, it is as
sure as ever, so half of such images lie above the median right answer. On digits, MNIST and
Fashion-MNIST 0 to 4 % of the mistakes do, however over-confident the net is; with 3 % of the labels
changed at random it is 12 % and more, and 55 to 100 % of those found are changed ones. The images
must not have been trained on, or the wrong labels are known by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..interpret.label_errors import looks_like
from ..metrics import Evaluation, wilson_interval
from ..text import percent

if TYPE_CHECKING:
    from ..data.dataset import Dataset

KNOWS, SURE = 0.7, 0.75  # accuracy and certainty from which a net is a judge of labels
FEWEST, SHARE, CLEAN = 3, 0.10, 0.05  # the last: what the share must surely be above


@dataclass(frozen=True)
class Suspect:
    """An image, its label, the answer of the model, and how sure it is."""

    name: str
    label: str
    answer: str
    probability: float

    def __str__(self) -> str:
        surely = percent(self.probability)
        return f"{self.name}: labeled {self.label!r}, looks like {self.answer!r} ({surely})"


def suspects(*evaluated: tuple[Evaluation, Dataset]) -> list[Suspect]:
    """Those among the images of some data sets, the surest first; none unless they are more than
    chance would make."""
    sure, right = [], []
    for evaluation, dataset in evaluated:
        with np.errstate(invalid="ignore"):
            sure.append(np.nan_to_num(evaluation.probabilities.max(axis=1), nan=0.0))
        right.append(evaluation.predicted == dataset.labels)
    known = np.concatenate(right)
    if known.mean() < KNOWS or known.all():
        return []
    usual = np.median(np.concatenate(sure)[known])
    if usual < SURE:
        return []
    found = [
        Suspect(
            dataset.name_of(n) if dataset.paths else f"{dataset.split} {dataset.name_of(n)}",
            dataset.classes[dataset.labels[n]],
            dataset.classes[answers[n]],
            float(p[n]),
        )
        for (evaluation, dataset), p in zip(evaluated, sure, strict=True)
        for answers in [looks_like(evaluation.probabilities, usual)]
        for n in np.flatnonzero((answers >= 0) & (answers != dataset.labels)).tolist()
    ]
    mistakes = int((~known).sum())
    if len(found) < max(FEWEST, SHARE * mistakes):
        return []
    if wilson_interval(len(found), mistakes)[0] <= CLEAN:
        return []
    return sorted(found, key=lambda suspect: -suspect.probability)
