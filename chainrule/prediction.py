"""What a model says of images: arrays, or files in any form, by its classes' names."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import notebook, require
from .data.conversion import pixels
from .data.dataset import Dataset
from .data.folder.files import image_files
from .data.formats.images import read_image
from .data.given import warn_of_scale
from .data.loader import batch_for
from .ensemble.combining import Classifier, Combined
from .errors import ChainruleWarning, InputError
from .layers.base import Layer, Signature
from .metrics import most_probable, predict_probabilities
from .printable import received
from .saving import load
from .text import aligned, percent, plural
from .training.run import Run
from .types import Array

BATCH = 256
"""Images that are in memory at a time: a folder may hold any number."""
SHOWN = 20  # rows of a repr


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """What a model says of N images, as `predict` returns it.

    classes        int64 (N,), the most probable class of each; -1 where there is none (NaN)
    names          what those are called, N names; "" where there is none
    probabilities  (N, K), rows sum to 1
    class_names    the names of all K classes, in the order of the columns
    images         what the images are called: N file names, or "image 0", "image 1" …

    InputError from `top` for less than one.

    >>> answer = Prediction(np.array([[0.1, 0.9], [0.8, 0.2]]), ("cat", "dog"), ("a.png", "b.png"))
    >>> answer
    Prediction of 2 images
    image  class  probability
    a.png  dog          90.0%
    b.png  cat          80.0%
    >>> answer.classes.tolist(), answer.names, answer.top(1)[0]
    ([1, 0], ['dog', 'cat'], [('dog', 0.9)])
    """

    probabilities: Array
    class_names: tuple[str, ...]
    images: tuple[str, ...]

    @property
    def classes(self) -> Array:
        """int64 (N,), the most probable class of each image; -1 where there is none (NaN)."""
        return most_probable(self.probabilities)

    @property
    def names(self) -> list[str]:
        """What the most probable classes are called; "" where there is none."""
        return [self.class_names[k] if k >= 0 else "" for k in self.classes.tolist()]

    def top(self, k: int = 3) -> list[list[tuple[str, float]]]:
        """The ``k`` most probable classes of each image, as (name, probability). InputError for
        a ``k`` of less than 1."""
        require.integer(1, k=k)
        best = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :k]
        return [
            [(self.class_names[k], float(row[k])) for k in order]
            for row, order in zip(self.probabilities, best.tolist(), strict=True)
        ]

    def __len__(self) -> int:
        return len(self.images)

    def _repr_html_(self) -> str:
        return notebook.html("", repr(self))

    def __repr__(self) -> str:
        n = len(self)
        sure = self.probabilities.max(axis=1, initial=0.0)
        rows = [
            [image, name or "?", percent(float(p))]
            for image, name, p in zip(self.images[:SHOWN], self.names, sure, strict=False)
        ]
        lines = aligned([["image", "class", "probability"], *rows], right={2})
        more = [f"… {n - SHOWN:,} more"] if n > SHOWN else []
        return "\n".join([f"Prediction of {plural(n, 'image')}", *lines, *more])


def predict(model: Any, images: Any) -> Prediction:
    """The most probable class of each image, with the probabilities of all.

    model   a model, an `Ensemble`, a `Trainer` (its averaged weights, if it has any), a `Run`, or
            the path of a model file or of a run's folder; a name alone may be one in ``runs/``
    images  an array as `Dataset` takes it, or one image (H, W) or (H, W, C); a data set; or a
            file, a folder, a pattern such as ``"new/*.jpg"``, or a list of those

    Files that cannot be read are left out, with a warning that names them; InputError if none can,
    and for anything else that is neither a model nor images.

    >>> import chainrule as cr
    >>> _, test = cr.data.digits()
    >>> answer = predict(cr.models.mlp((8, 8, 1), (8,), 10).init(0), test.images[:3])
    >>> answer.classes.shape, answer.probabilities.shape, len(answer.names)
    ((3,), (3, 10), 3)
    """
    if hasattr(model, "averaged"):
        with model.averaged():
            return predict(model.model, images)
    chosen = as_model(model)
    if isinstance(images, Dataset):
        names = images.paths or _numbered(len(images))
        return _answer(chosen, predict_probabilities(chosen, images.images), names)
    if _are_paths(images):
        return _of_files(chosen, images)
    array = _array(images, chosen.signature)
    return _answer(chosen, predict_probabilities(chosen, array), _numbered(len(array)))


def as_model(model: Any) -> Classifier:
    """The model that is meant: itself, or the one of a run, or in a file."""
    if isinstance(model, Layer | Combined):
        return model
    if isinstance(model, Run):
        return load(model.model)
    if not isinstance(model, str | os.PathLike) or not os.fspath(model):
        raise InputError(
            "model: expected a model, a run, or the path of one, as in "
            f'cr.predict("runs/digits-mlp-001", images), received {received(model)}'
        )
    path = expanded(model)
    return load(Run.open(path).model if path.is_dir() else path)


def expanded(given: str | os.PathLike[str]) -> Path:
    """The path that is meant: with ~ it is in the user's folder, and a name alone may be one in
    ``runs/``."""
    path = Path(os.path.expanduser(given))
    inside = Path("runs") / path
    return inside if not path.exists() and inside.is_dir() else path


def classified(
    model: Classifier, paths: Sequence[str]
) -> Iterator[tuple[list[str], Array, list[InputError]]]:
    """(paths, their probabilities (n, K), what could not be read), so many at a time. InputError
    unless the model says which images it is for."""
    if (signature := model.signature) is None:
        raise InputError("model: expected one that says which images it is for: train it first")
    size = min(BATCH, batch_for((0, *signature.image_shape)))
    for start in range(0, len(paths), size):
        readable: list[str] = []
        arrays: list[Array] = []
        errors: list[InputError] = []
        for path in paths[start : start + size]:
            try:
                arrays.append(read_image(path, signature.image_shape, signature.resize))
                readable.append(path)
            except InputError as error:
                errors.append(error)
        found = np.stack(arrays) if arrays else np.empty((0, *signature.image_shape), np.uint8)
        yield readable, predict_probabilities(model, found), errors


def _are_paths(images: Any) -> bool:
    if isinstance(images, list | tuple) and images:
        return all(isinstance(image, str | os.PathLike) for image in images)
    return isinstance(images, str | os.PathLike)


def _of_files(model: Classifier, named: Any) -> Prediction:
    each: Iterable[Any] = [named] if isinstance(named, str | os.PathLike) else named
    found: list[str] = []
    problems: list[InputError] = []
    for name in each:
        try:
            found += image_files(os.fspath(name))
        except InputError as error:
            problems.append(error)
    read: list[str] = []
    parts: list[Array] = []
    for readable, probabilities, errors in classified(model, found):
        read += readable
        parts.append(probabilities)
        problems += errors
    if not read:
        raise problems[0] if problems else InputError("images: expected one or more, received none")
    if problems:
        more = f" and {len(problems) - 1:,} more" if len(problems) > 1 else ""
        warnings.warn(f"left out: {problems[0]}{more}", ChainruleWarning, stacklevel=3)
    return _answer(model, np.concatenate(parts), read)


def _array(images: Any, signature: Signature | None) -> Array:
    """Images (N, H, W, C) from what `Dataset` takes, or from a single one."""
    size = None if signature is None else signature.image_shape
    shape = np.shape(images) if not isinstance(images, list | tuple) else ()
    single = () if size is None else (size, (math.prod(size),), *[size[:2]] * (size[2] == 1))
    if shape in single:
        images = np.asarray(images)[np.newaxis]
    array, scale = pixels(images, size)
    warn_of_scale(scale, None if signature is None else signature.scale)
    if size is not None and array.shape[1:] != size:
        raise InputError(
            f"images: expected (N, {', '.join(map(str, size))}), as the model was trained on, "
            f"received {array.shape}"
        )
    return array


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"image {i}" for i in range(count))


def _answer(model: Classifier, p: Array, images: Sequence[str]) -> Prediction:
    known = model.signature
    names = known.classes if known is not None else tuple(map(str, range(p.shape[1])))
    return Prediction(p, names, tuple(images))
