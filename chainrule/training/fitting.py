"""What a training is asked to fit: data that suit the model, and that may be those of before."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..data.augment import Augment
from ..data.dataset import Dataset
from ..data.matching import in_order
from ..errors import InputError
from ..layers.base import Layer, Signature, walk
from ..layers.normalize import Normalize
from ..losses import Loss
from ..losses.checks import expect_soft

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


def check_request(epochs: int, augment: Augment | None, loss: Loss, train: Dataset) -> None:
    """InputError unless ``fit`` can do what it is asked for."""
    if epochs < 1:
        raise InputError(f"epochs: expected 1 or more, received {epochs}")
    if not isinstance(augment, Augment | None):
        raise InputError(
            "augment: expected operations as in Augment(RandomCrop()), or "
            f'preset("crop-flip"), of chainrule.data.augment, received {augment!r}'
        )
    if augment is not None and augment.mixes:
        expect_soft(loss, len(train.classes), "augment")


def named_alike(
    model: Layer, train: Dataset, validation: Dataset | None
) -> tuple[Dataset, Dataset | None]:
    """Both with the classes in the order of the model's outputs. InputError for other classes."""
    if (signature := model.signature) is not None:
        try:
            train = in_order(train, signature.classes, "train")
        except InputError as error:
            hint = "to train the model for other classes, set model.signature = None"
            raise InputError(f"{error}; {hint}") from None
    if validation is not None:
        validation = in_order(validation, train.classes, "validation")
    return train, validation


def make_ready(model: Layer, train: Dataset) -> None:
    """Forget gradients of earlier experiments; learn what the data look like, unless known."""
    model.clear_grads()
    for layer in walk(model):
        if isinstance(layer, Normalize) and not layer.fitted.value:
            layer.fit(train.images)
    if model.signature is None:
        model.signature = Signature(train.images.shape[1:], train.classes)
