"""What the frozen part of a model makes of each image, computed once for all epochs.

    features = body(images)          predict: running statistics, no dropout
    logits   = head(features)        all that an epoch has left to do

The body is every layer at the start that gives the same in each epoch
(`chainrule.layers.frozen.constant_layers`), so that the head is trained on what it would be given
anyway, to the rounding of a float32 (kernels take other ways for other batch sizes). Features are
kept in memory up to ``IN_MEMORY`` bytes, or a quarter of what is available, then in a temporary
file up to ``ON_DISK``; beyond that, and for images that are augmented, the body runs in every
epoch.

A convolutional body that runs over many images is prepared first, as a `chainrule.Predictor`:
that is about twice as fast.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from ..cost.available import available_memory
from ..data.dataset import Dataset
from ..data.loader import Loader, batch_for, cut
from ..device import on_host
from ..distributed.group import Group
from ..errors import InputError
from ..layers.base import Layer, nodes
from ..layers.containers import Sequential
from ..layers.conv import Conv2d
from ..layers.frozen import constant_layers
from ..layers.shapes import infer_shape
from ..types import Array, Shape

IN_MEMORY = 1 << 30
ON_DISK = 20 << 30
MANY = 50_000_000
"""Pixels of all images from which preparing the body pays: it takes 20 s if its loops are not
compiled yet."""


class Features(Dataset):
    """A data set whose images are numbers of any shape: float32 (N, …), such as the outputs of a
    layer. It is dealt and evaluated like one of images."""

    def __init__(self, values: Array, of: Dataset) -> None:
        object.__setattr__(self, "images", values)
        for name in ("labels", "classes", "split", "name", "paths", "scale"):
            object.__setattr__(self, name, getattr(of, name))


def feature_shape(model: Layer, image_shape: Shape) -> Shape | None:
    """The shape of an image's features; None where nothing of the model is frozen, or its layers
    do not say what they give."""
    if not isinstance(model, Sequential) or not (count := constant_part(model)):
        return None
    return infer_shape(Sequential(*model.layers[:count]), image_shape)


def constant_part(model: Layer) -> int:
    """How many layers of a model make the features: none of one that is no plain `Sequential`,
    whose forward may be another."""
    if not isinstance(model, Sequential):
        return 0
    verbs = ("forward", "__call__")
    plain = all(getattr(type(model), verb) is getattr(Sequential, verb) for verb in verbs)
    return constant_layers(model.layers) if plain else 0


def fits(shape: Shape | None, images: int) -> bool:
    """Whether the features of so many images are kept."""
    return shape is not None and 4 * math.prod(shape) * images <= _room()


def in_memory_at_most() -> int:
    """Bytes of features that are kept in memory: at most a quarter of what is available."""
    available = available_memory()
    return IN_MEMORY if available is None else min(IN_MEMORY, available // 4)


def _room() -> float:
    """Bytes: those of memory, or of the disk, of which a tenth is left to others."""
    try:
        free = shutil.disk_usage(tempfile.gettempdir()).free
    except OSError:
        return in_memory_at_most()
    return max(in_memory_at_most(), min(ON_DISK, 0.9 * free))


class FeatureCache:
    """The features of data sets, and the layers that learn from them.

    model  a `Sequential` whose first layers are frozen
    stop   asked between batches whether to leave off
    """

    def __init__(self, model: Sequential, stop: Callable[[], bool]) -> None:
        self.count = constant_layers(model.layers)
        self.body = Sequential(*model.layers[: self.count])
        self.head = Sequential(*model.layers[self.count :])
        self.stop = stop

    def of(self, dataset: Dataset) -> Features | None:
        """The features of all images, in their order; None if it was to leave off."""
        try:
            return self._computed(dataset)
        except OSError as error:
            raise InputError(
                f"cannot keep the features of {dataset!r} in {tempfile.gettempdir()}: "
                f"{error.strerror or error}; TMPDIR names another folder"
            ) from None

    def _runner(self, images: Any) -> Callable[[Array], Array]:
        """What computes the features of so many images: the body, or the body prepared."""
        pixels = math.prod(images.shape[:3])
        if pixels < MANY or not any(isinstance(layer, Conv2d) for _, layer in nodes(self.body)):
            return self.body
        made: Callable[[Array], Array] = import_module("chainrule.inference").Predictor(self.body)
        return made  # of a module above this one

    def _computed(self, dataset: Dataset) -> Features | None:
        values: Any = None
        images: Any = dataset.images
        body, device = self._runner(images), self.body.device
        with tempfile.TemporaryFile() as file:
            for part in cut(len(dataset), batch_for(images.shape)):
                if self.stop():
                    return None
                made = np.ascontiguousarray(on_host(body(device.put(images[part]))), np.float32)
                if values is None:
                    shape = (len(dataset), *made.shape[1:])
                    in_memory = 4 * math.prod(shape) <= in_memory_at_most()
                    values = np.empty(shape, np.float32) if in_memory else file
                if values is file:
                    file.write(made.data)
                else:
                    values[part] = made
            if values is file:  # written, not mapped: a full disk is then an error and no signal
                file.flush()
                values = np.memmap(file, np.float32, "r", shape=shape)
        return Features(values, dataset)


@dataclass
class FeatureExtraction:
    """What the epochs of a training are trained and validated on: the images or, where some layers
    are frozen, their features.

    model  a model, on each rank of ``group``
    """

    model: Layer
    group: Group
    _cache: FeatureCache | None = None
    _computed: dict[str, Features] = field(default_factory=dict)  # "train", "validation"
    _head: Layer | None = None  # where features are in use

    @property
    def network(self) -> Layer:
        """What a step runs on the data: the model, or the layers after the frozen ones."""
        return self.model if self._head is None else self._head

    def forget(self) -> None:
        """Go back to images, and free what was kept."""
        self._cache, self._computed, self._head = None, {}, None

    def data(
        self, loader: Loader, validation: Dataset | None, stop: Callable[[], bool]
    ) -> tuple[Loader, Dataset | None]:
        """What the next epoch is trained and validated on. Features are computed when first asked
        for, unless ``stop`` says to leave off.

        InputError, on every rank, where they cannot be kept.
        """
        count = constant_part(self.model)
        if self._cache is not None and self._cache.count != count:
            self.forget()
        if not isinstance(self.model, Sequential) or not count or loader.augment is not None:
            return loader, validation
        if self._cache is None:
            shape = feature_shape(self.model, loader.dataset.images.shape[1:])
            held_back = 0 if validation is None else len(validation)
            if self.group.any(not fits(shape, len(loader.dataset) + held_back)):
                return loader, validation
            self._cache = FeatureCache(self.model, stop)
        for name, dataset in (("train", loader.dataset), ("validation", validation)):
            if dataset is not None and name not in self._computed:
                made = self.group.together(partial(self._cache.of, dataset))
                if self.group.any(made is None) or made is None:
                    return loader, validation
                self._computed[name] = made
        self._head = self._cache.head
        return feature_loader(self._computed["train"], loader), self._computed.get("validation")


def feature_loader(features: Features, like: Loader) -> Loader:
    """A loader that deals features in the order, and in the batches, of the images' own."""
    return Loader(
        features, like.batch_size, like.seed, shuffle=like.shuffle,
        background=isinstance(features.images, np.memmap), smallest=like.smallest,
        weights=like.weights, places=like.places,
    )  # fmt: skip
