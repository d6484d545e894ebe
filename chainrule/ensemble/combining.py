"""One answer of several models."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ..data.matching import places
from ..declared import Checked, checked
from ..device import run_on_host
from ..errors import InputError
from ..layers.base import Layer, Signature
from ..metrics import softmax
from ..saving import load
from ..types import Array

Average = Literal["probabilities", "logits"]


class Combined(Checked):
    """A classifier that asks others, and is called, measured and asked as a model is."""

    described = "an ensemble"

    @property
    def signature(self) -> Signature | None:
        """That of the first model."""
        raise NotImplementedError

    def __call__(self, images: Array) -> Array:
        """Logits (N, K) of images (N, H, W, C)."""
        raise NotImplementedError


Classifier = Layer | Combined
"""What predicts: a model, or what asks several."""


class Ensemble(Combined):
    """p(x) = mean over the models f of softmax(f(x))            average="probabilities"
    p(x) = softmax(mean over the models f of f(x))           average="logits"

    A classifier like each of ``models``: called with images (N, H, W, C) it returns logits
    (N, K), whose softmax is p, with the classes in the order of the first model. The mean of logits
    is the geometric mean of the probabilities, and is surer. InputError unless the models are for
    the same images and for classes of the same names.

    Source: Hansen and Salamon 1990, "Neural network ensembles".

    >>> from chainrule import data, models
    >>> nets = [models.mlp((8, 8, 1), (16,), 10).init(seed) for seed in range(3)]
    >>> Ensemble(nets)(data.digits()[1].images[:5]).shape
    (5, 10)
    """

    def __init__(self, models: Sequence[Classifier], *, average: Average = "probabilities") -> None:
        if not len(models):
            raise InputError("models: expected at least one, received none")
        self.models = tuple(models)
        self.average = average
        self._places = [_places(models[0].signature, model.signature) for model in models]

    @classmethod
    @checked
    def load(
        cls, folder: str | os.PathLike[str], *, average: Average = "probabilities"
    ) -> Ensemble:
        """The models in the files of ``folder``. InputError if there is none."""
        return cls([load(file) for file in model_files(folder)], average=average)

    @property
    def signature(self) -> Signature | None:
        """That of the first model."""
        return self.models[0].signature

    def __call__(self, images: Array) -> Array:
        each = (run_on_host(model, images) for model in self.models)
        ordered = [
            logits if place is None else logits[:, place]
            for logits, place in zip(each, self._places, strict=True)
        ]
        return combined(ordered, self.average)


def combined(logits: Sequence[Array], average: Average) -> Array:
    """The logits (N, K) of the mean of several answers (N, K) to the same images."""
    kind = logits[0].dtype
    if average == "logits":
        z: Array = np.mean(logits, axis=0, dtype=np.float64).astype(kind)
        return z
    p = np.mean([softmax(z) for z in logits], axis=0, dtype=kind)
    log_p: Array = np.log(np.maximum(p, np.finfo(p.dtype).tiny))
    return log_p


def model_files(folder: str | os.PathLike[str]) -> list[Path]:
    """The model files in ``folder``, by name. InputError if there is none."""
    files = sorted(Path(folder).glob("*.safetensors"))
    if not files:
        raise InputError(
            f"there are no models in {folder}; a training with --set snapshots.cycles=5 leaves five"
        )
    return files


def _places(first: Signature | None, other: Signature | None) -> Array | None:
    """Where the outputs of a model stand in those of another one, in the order of the first."""
    if first is None and other is None:
        return None
    if first is None or other is None or _inputs(first) != _inputs(other):
        seen = [None if each is None else each.image_shape for each in (first, other)]
        raise InputError(
            "models: expected models for the same images and classes, received ones for images of "
            f"{seen[0] or 'unknown size'} and of {seen[1] or 'unknown size'}"
        )
    return places(other.classes, first.classes, "models")


def _inputs(signature: Signature) -> tuple[tuple[int, ...], str]:
    return signature.image_shape, signature.resize
