"""Labeled images: what every reader of a data set returns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from .. import require
from ..arrays import native
from ..errors import InputError
from ..hints import Hinted
from ..notation import typed
from ..printable import received
from ..text import plural
from ..types import Array
from .conversion import FULL, UNIT, class_labels, pixels
from .lazy import chunks, select
from .overview import overview

if TYPE_CHECKING:
    from ..plotting import Chart


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Dataset(Hinted):
    """Images with their labels, checked once when made, from arrays of any common form.

    Given are ``images`` as `chainrule.data.conversion.pixels` takes them, uint8, whole numbers or
    floats in 0..255, or floats in 0..1, as (N, H, W, C), (N, H, W), or flat with their ``shape``
    (H, W, C); and ``labels``, names or whole numbers. Pixels are kept in 8 bits: floats are
    rounded to the nearest of 256 levels, those in 0..1 times 255. Kept are

    images  uint8 (N, H, W, C), channels last, 0..255; may lie in a file (np.memmap, `LazyImages`)
    labels  int64 (N,), each in 0..K-1
    classes K names; ``classes[labels[n]]`` says what image n shows
    split   which part this is: "train", "test", "validation" …
    name    the data set's name
    scale   255, or 1 if the pixels were given in 0..1
    paths   where each image comes from: N file names, relative to the data set's folder; None for
            images that have no file of their own

    The arrays are not copied (unless ``images`` is in memory and not C-contiguous) and must not be
    written to: ``sha256`` is computed once. Raises InputError naming the first rule that is broken.

    >>> import numpy as np
    >>> images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1])
    >>> data = Dataset(images, labels, ("cat", "dog"))
    >>> len(data), data.classes[data.labels[1]]
    (4, 'dog')
    >>> image, label = data[1]
    >>> image.shape, label, data[:2], Dataset(images[..., 0] / 255, ["a", "b", "a", "c"])
    ((8, 8, 1), 1, Dataset(data train: 2 images of 8x8x1, 2 classes), \
Dataset(data train: 4 images of 8x8x1, 3 classes))
    """

    images: Array
    labels: Array
    classes: tuple[str, ...]
    split: str = "train"
    name: str = "data"
    paths: tuple[str, ...] | None = None
    scale: int = FULL

    def __init__(
        self,
        images: Any,
        labels: Any,
        classes: Sequence[str] | None = None,
        split: str = "train",
        name: str = "data",
        paths: Sequence[str] | None = None,
        scale: int | None = None,
        *,
        shape: Sequence[int] | None = None,
    ) -> None:
        chosen, highest = pixels(images, shape)
        numbers, names = class_labels(labels, classes)
        for word, text in (("split", split), ("name", name)):
            if not isinstance(text, str):
                raise InputError(f"{word}: expected a name, received {received(text)}")
        if scale is not None and not (isinstance(scale, int) and scale in (UNIT, FULL)):
            raise InputError(f"scale: expected 1 or 255, received {received(scale)}")
        values = (chosen, numbers, names, split, name, _tuple(paths), scale or highest)
        for field, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, field.name, value)
        if len(chosen) != len(numbers):
            raise InputError(
                f"images, labels: expected equally many, received {len(chosen):,} images and "
                f"{len(numbers):,} labels{self._other_order()}"
            )
        if self.paths is not None and len(self.paths) != len(numbers):
            raise InputError(
                f"paths: expected one for each of {plural(len(self), 'image')}, received "
                f"{len(self.paths):,}"
            )

    def _other_order(self) -> str:
        """The way out for images (H, W, C, N), as MATLAB and SVHN's files have them."""
        is_last = self.images.shape[3] == len(self.labels)
        return "; for (H, W, C, N) use images.transpose(3, 0, 1, 2)" if is_last else ""

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[Array, int]]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, place: int) -> tuple[Array, int]: ...
    @overload
    def __getitem__(self, place: slice | Sequence[int] | Array) -> Dataset: ...
    def __getitem__(self, place: Any) -> tuple[Array, int] | Dataset:
        """(image, label) at ``place``; of a slice, or of several places, a data set. OutOfRange,
        which is an IndexError, where there is none."""
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[require.span(place)])
        if isinstance(place, list | tuple) or (isinstance(place, np.ndarray) and place.ndim):
            chosen = native("image", place)
            return self.take(np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen)
        i = require.index(len(self), image=place)
        return np.asarray(self.images[i]), int(self.labels[i])

    def show(self, count: int = 24) -> Chart:
        """The first ``count`` images with their classes, as a figure: a notebook shows it, and
        ``savefig(path)`` writes it to a file."""
        from ..plotting import tiles

        require.integer(1, count=count)
        if not len(self):
            raise InputError("there is nothing to show: expected one image or more, received none")
        some = range(min(count, len(self)))
        return tiles([self[i][0] for i in some], [self.classes[self.labels[i]] for i in some])

    @typed
    def __repr__(self) -> str:
        size = "x".join(str(side) for side in self.images.shape[1:])
        images, kinds = plural(len(self), "image"), plural(len(self.classes), "class")
        return f"Dataset({self.name} {self.split}: {images} of {size}, {kinds})"

    def _repr_html_(self) -> str:
        return overview(self)

    def take(self, indices: Array | Sequence[int], split: str | None = None) -> Dataset:
        """The images at ``indices`` (0..N-1, in that order), as a data set of its own.

        Images that lie in a file stay there. ``split`` renames the part. Raises InputError for
        an index that is out of range.
        """
        chosen = native("indices", indices)
        if chosen.size == 0:
            chosen = chosen.astype(np.int64)
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise InputError(
                "indices: expected whole numbers in one dimension, "
                f"received {chosen.dtype} of shape "
                f"{chosen.shape}"
            )
        outside = np.flatnonzero((chosen < 0) | (chosen >= len(self)))
        if len(outside):
            first = int(outside[0])
            raise InputError(
                f"indices: expected values in 0..{len(self) - 1}, received indices[{first}] = "
                f"{int(chosen[first])}"
            )
        part = self.split if split is None else split
        images, paths = select(self.images, chosen), self.paths
        if paths is not None:
            paths = tuple([paths[i] for i in chosen.tolist()])
        labels = self.labels[chosen]
        return Dataset(images, labels, self.classes, part, self.name, paths, self.scale)

    def name_of(self, index: int) -> str:
        """What to call image ``index`` where a person is to find it: its path, or its number."""
        return self.paths[index] if self.paths is not None else f"image {index}"

    @cached_property
    def sha256(self) -> str:
        """The content in 64 hex digits: over shape, pixels, labels and class names.

        ``name``, ``split`` and ``paths`` do not count: it says "the same data" and nothing else.
        """
        digest = hashlib.sha256(repr((self.images.shape, self.classes)).encode())
        for images in chunks(self.images):
            digest.update(images.data)
        digest.update(np.ascontiguousarray(self.labels, "<i8").data)
        return digest.hexdigest()


def with_sha256(dataset: Dataset, sha256: str) -> Dataset:
    """The same data set, of which the hash is known already: it is not computed again."""
    vars(dataset)["sha256"] = sha256
    return dataset


def _tuple(paths: Sequence[str] | None) -> tuple[str, ...] | None:
    if paths is None:
        return None
    single = isinstance(paths, str | bytes) or getattr(paths, "shape", None) == ()
    if single or not isinstance(paths, Iterable):
        raise InputError(f"paths: expected a sequence of file names, received {received(paths)}")
    return tuple(paths)
