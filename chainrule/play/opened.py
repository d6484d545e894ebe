"""A model that is open: it answers many pages at once, and reads its data when they are needed."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from .. import config as configuration
from ..data.dataset import Dataset
from ..data.formats.images import decode_image
from ..errors import InputError
from ..experiment.inputs import load_inputs
from ..interpret.inference import twin
from ..interpret.maps import Pass, passes
from ..layers.base import Layer, Signature
from ..metrics import predict_probabilities
from ..saving import load
from ..training.run import Run
from ..types import Array

MOST_BYTES = 32 << 20
"""Of an image file."""
KEPT = 4
"""Models, and passes of one model, that are kept in memory."""


class Opened:
    """A model of the user's, with the data of its run if it lies in one.

    Predictions run side by side. What looks into the layers runs on a twin with the same weights,
    one after the other: layers that are observed serve one thread.
    """

    def __init__(self, path: Path, data_dir: Path | None = None) -> None:
        self.model: Layer = load(path)
        if self.model.signature is None:
            raise InputError(
                f"{path.name}: the model does not say which images it is for, so it cannot be "
                "asked: train it with chainrule, or set model.signature before it is saved"
            )
        self.signature: Signature = self.model.signature
        self.observed = twin(self.model)
        self.observing = threading.Lock()
        self.reading = threading.Lock()
        self.run = Run(path.parent) if Run(path.parent).config.is_file() else None
        self.data_dir = data_dir
        self._data: tuple[Dataset, Dataset] | None = None
        self._passes: OrderedDict[bytes, list[Pass]] = OrderedDict()

    @property
    def drawable(self) -> bool:
        """Whether its images are such as can be drawn: square and gray."""
        h, w, c = self.signature.image_shape
        return c == 1 and h == w and 8 <= h <= 64

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
        """An image file's pixels as the model takes them, and what of the file was ignored.
        InputError for what is too large or no image."""
        if len(data) > MOST_BYTES:
            raise InputError(
                f"{name}: expected at most {MOST_BYTES >> 20} MiB, received {len(data):,} bytes"
            )
        if not data:
            raise InputError(f"{name}: expected an image, received an empty file")
        notes: list[str] = []
        shape, resize = self.signature.image_shape, self.signature.resize
        return decode_image(io.BytesIO(data), shape, name, resize, notes.append), "; ".join(notes)

    def probabilities(self, pixels: Array) -> Array:
        """(K,) of one image (H, W, C)."""
        found: Array = predict_probabilities(self.model, pixels[np.newaxis])[0]
        return found

    def passes(self, pixels: Array) -> list[Pass]:
        """Every layer with what it was given and what it gave for one image."""
        key = pixels.tobytes()
        with self.observing:
            if key not in self._passes:
                self._passes[key] = passes(self.observed, pixels[np.newaxis])
                if len(self._passes) > KEPT:
                    self._passes.popitem(last=False)
            self._passes.move_to_end(key)
            return self._passes[key]

    def data(self) -> tuple[Dataset, Dataset]:
        """(train, test) of its run. InputError where it lies in none, and where they cannot be
        read."""
        with self.reading:
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
        if inputs.test.images.shape[1:] != size or inputs.train.images.shape[1:] != size:
            raise InputError(
                f"the data of the run: expected images of {'x'.join(map(str, size))}, received "
                f"{'x'.join(map(str, inputs.test.images.shape[1:]))}"
            )
        return inputs.train, inputs.test


class Shelf:
    """The models that were opened last. One whose file has changed is read again."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.data_dir = data_dir
        self._lock = threading.Lock()
        self._models: OrderedDict[Path, tuple[tuple[int, int], Opened]] = OrderedDict()

    def open(self, path: Path) -> Opened:
        """The model in the file. InputError for one that cannot be read."""
        with self._lock:
            try:
                stat = path.stat()
            except OSError as error:
                raise InputError(f"cannot read {path}: {error.strerror}") from None
            version = stat.st_mtime_ns, stat.st_size
            known = self._models.get(path)
            if known is None or known[0] != version:
                self._models[path] = version, Opened(path, self.data_dir)
                if len(self._models) > KEPT:
                    self._models.popitem(last=False)
            self._models.move_to_end(path)
            return self._models[path][1]
