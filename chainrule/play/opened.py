"""A model that is open, with the data of its run. To be used where `context.compute` computes."""

from __future__ import annotations

import io
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from .. import config as configuration
from ..cost import flops
from ..data.dataset import Dataset
from ..data.formats.images import decode_image
from ..errors import InputError
from ..experiment.inputs import load_inputs
from ..inference import Predictor
from ..interpret.maps import Pass, passes
from ..layers.base import Layer, Signature
from ..metrics import predict_probabilities
from ..saving import load
from ..training.run import Run
from ..types import Array

KEPT = 4
"""Models, and passes of one model, that are kept in memory."""
MOST_HELD = 1 << 28
"""Bytes of these passes, unless they are of one image."""
SIDES = 8, 64
"""Of the images that can be drawn."""


class Opened:
    """A model of the user's that can be asked. InputError for a file that cannot be read, and for a
    model that does not say which images it is for."""

    def __init__(self, path: Path, data_dir: Path | None = None) -> None:
        self.model: Layer = load(path)
        if self.model.signature is None:
            raise InputError(
                f"{path.name}: the model does not say which images it is for, so it cannot be "
                "asked: train it with chainrule, or set model.signature before it is saved"
            )
        self.signature: Signature = self.model.signature
        self.run = Run(path.parent) if Run(path.parent).config.is_file() else None
        self.data_dir = data_dir
        self.known: Any = None  # what `chainrule.play.neighbors` has computed
        self._reading = Lock()
        self._data: tuple[Dataset, Dataset] | None = None
        self._passes: OrderedDict[bytes, list[Pass]] = OrderedDict()

    @property
    def drawable(self) -> bool:
        """Whether its images are such as can be drawn: square and gray."""
        h, w, c = self.signature.image_shape
        return c == 1 and h == w and SIDES[0] <= h <= SIDES[1]

    @cached_property
    def _predictor(self) -> Predictor:
        """While an image is drawn it is asked again with every stroke."""
        return Predictor(self.model)

    @cached_property
    def operations(self) -> int | None:
        """Of a prediction of one image, where they are known."""
        return flops(self.model, self.signature.image_shape)

    def pixels(self, data: bytes) -> Array:
        """uint8 (H, W, C) of a request's bytes. InputError for any other number of them."""
        shape = self.signature.image_shape
        expected = int(np.prod(shape))
        if len(data) != expected:
            raise InputError(
                f"pixels: expected {expected:,} bytes, an image of {'x'.join(map(str, shape))}, "
                f"received {len(data):,}"
            )
        return np.frombuffer(data, np.uint8).reshape(shape)

    def decoded(self, data: bytes, name: str) -> tuple[Array, str]:
        """An image file's pixels (H, W, C) as the model takes them, and what of the file was
        ignored. InputError for what is no image, or has too many pixels."""
        if not data:
            raise InputError(f"{name}: expected an image, received an empty file")
        notes: list[str] = []
        shape, resize = self.signature.image_shape, self.signature.resize
        return decode_image(io.BytesIO(data), shape, name, resize, notes.append), "; ".join(notes)

    def probabilities(self, pixels: Array) -> Array:
        """(K,) of one image (H, W, C)."""
        found: Array = predict_probabilities(self._predictor, pixels[np.newaxis])[0]
        return found

    def passes(self, pixels: Array) -> list[Pass]:
        """Every layer with what it was given and what it gave for one image."""
        key = pixels.tobytes()
        if key not in self._passes:
            self._passes[key] = passes(self.model, pixels[np.newaxis])
            while len(self._passes) > 1 and self._too_much():
                self._passes.popitem(last=False)
        return self._passes[key]

    def _too_much(self) -> bool:
        runs = [run for kept in self._passes.values() for run in kept]
        held = sum(array.nbytes for run in runs for array in (*run.inputs, run.output))
        return len(self._passes) > KEPT or held > MOST_HELD

    @property
    def data(self) -> tuple[Dataset, Dataset]:
        """(train, test) of its run. InputError where it lies in none, and where they cannot be
        read. On any thread."""
        with self._reading:
            if self._data is None:
                self._data = self._read()
            return self._data

    def _read(self) -> tuple[Dataset, Dataset]:
        if self.run is None:
            raise InputError(
                "the model file lies in no run, so the images that it was trained on are not "
                "known: choose a run"
            )
        inputs = load_inputs(configuration.load(self.run.config, by_run=True), self.data_dir)
        size = self.signature.image_shape
        for images in (inputs.train.images, inputs.test.images):
            if tuple(images.shape[1:]) != tuple(size):
                raise InputError(
                    f"the data of the run: expected images of {'x'.join(map(str, size))}, received "
                    f"{'x'.join(map(str, images.shape[1:]))}"
                )
        return inputs.train, inputs.test


class OpenModels:
    """The models that were opened last. One whose file has changed is read again."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.data_dir = data_dir
        self._models: OrderedDict[Path, tuple[tuple[int, int], Opened]] = OrderedDict()

    def open(self, path: Path) -> Opened:
        """The model in the file. InputError for one that cannot be read."""
        try:
            stat = path.stat()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from None
        stamp = stat.st_mtime_ns, stat.st_size
        known = self._models.get(path)
        if known is None or known[0] != stamp:
            self._models[path] = stamp, Opened(path, self.data_dir)
            if len(self._models) > KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(path)
        return self._models[path][1]
