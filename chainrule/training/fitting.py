"""What a training was last asked to fit, so that the next call knows whether it is the same."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..data.dataset import Dataset

LOOKS = 16  # images that stand for all: they may lie on a disk


@dataclass(frozen=True)
class Fitting:
    """A training set, a validation set, and how batches are cut, between calls of ``fit``.

    train, judge   fingerprints; "" where nothing is known, as before the first call. ``judge`` is
                   of the data whose results are compared: the validation set, else the training set
    """

    train: str = ""
    judge: str = ""
    batch_size: int = 0
    seed: int = 0

    @classmethod
    def of(cls, train: Dataset, validation: Dataset | None, batch_size: int, seed: int) -> Fitting:
        own = fingerprint(train)
        judge = f"train {own}" if validation is None else fingerprint(validation)
        return cls(own, judge, int(batch_size), seed)

    def cuts_like(self, before: Fitting) -> bool:
        """Whether batch i of an epoch is the same images as it was ``before``, as far as known."""
        mine, theirs = ((each.train, each.batch_size, each.seed) for each in (self, before))
        return not before.train or mine == theirs

    def judges_like(self, before: Fitting) -> bool:
        """Whether results can be compared with those ``before``."""
        return not before.judge or self.judge == before.judge

    def state(self) -> dict[str, Any]:
        return asdict(self)


def fingerprint(dataset: Dataset) -> str:
    """Which data these are, in 32 hex digits, from shape, labels, class names and a few images.

    ``Dataset.sha256`` would be certain, and would read every pixel from the disk.
    """
    digest = hashlib.sha256(repr((dataset.images.shape, dataset.classes)).encode())
    digest.update(np.ascontiguousarray(dataset.labels, "<i8").data)
    for i in np.unique(np.linspace(0, len(dataset) - 1, min(LOOKS, len(dataset))).astype(int)):
        digest.update(np.ascontiguousarray(dataset.images[int(i)]).data)
    return digest.hexdigest()[:32]
