"""One answer of several models."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .data.matching import places
from .declared import Checked, checked
from .errors import InputError
from .layers.base import Layer, Signature
from .metrics import softmax
from .public import publish
from .saving import load
from .types import Array


class Ensemble(Checked):
    """log p(x)        p = mean over the models f of softmax(f(x))

    A classifier like each of ``models``: called with images (N, H, W, C) it returns logits
    (N, K), whose softmax is p, with the classes in the order of the first model. InputError
    unless the models are for the same images and for classes of the same names.

    >>> from chainrule import data, models
    >>> nets = [models.mlp((8, 8, 1), (16,), 10).init(seed) for seed in range(3)]
    >>> Ensemble(nets)(data.digits()[1].images[:5]).shape
    (5, 10)
    """

    def __init__(self, models: Sequence[Layer]) -> None:
        if not len(models):
            raise InputError("models: expected at least one, received none")
        self.models = tuple(models)
        self._places = [_places(models[0].signature, model.signature) for model in models]

    @classmethod
    @checked
    def load(cls, folder: str | os.PathLike[str]) -> Ensemble:
        """The models in the files of ``folder``. InputError if there is none."""
        files = sorted(Path(folder).glob("*.safetensors"))
        if not files:
            raise InputError(
                f"there are no models in {folder}; a training with --set snapshots.cycles=5 "
                "leaves five"
            )
        return cls([load(file) for file in files])

    @property
    def signature(self) -> Signature | None:
        """That of the first model."""
        return self.models[0].signature

    def __call__(self, images: Array) -> Array:
        answers = [
            softmax(model(images) if place is None else model(images)[:, place])
            for model, place in zip(self.models, self._places, strict=True)
        ]
        p: Array = np.mean(answers, axis=0, dtype=answers[0].dtype)
        logits: Array = np.log(np.maximum(p, np.finfo(p.dtype).tiny))
        return logits


def _places(first: Signature | None, other: Signature | None) -> Array | None:
    """Where the outputs of a model stand in those of another one, in the order of the first."""
    if first is None and other is None:
        return None
    if first is None or other is None or _inputs(first) != _inputs(other):
        raise InputError("models: expected models for the same images and classes")
    return places(other.classes, first.classes, "models")


def _inputs(signature: Signature) -> tuple[tuple[int, ...], str]:
    return signature.image_shape, signature.resize


publish(globals())
