"""Labeled images: what every reader of a data set returns."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import InputError
from ..notation import typed
from ..text import plural
from ..types import Array
from .image_layout import expect_channels_last, layout_hint
from .lazy import LazyImages, chunks, is_in_file, select
from .overview import overview


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images with their labels, checked once when made.

    images  uint8 (N, H, W, C), channels last, 0..255; may lie in a file (np.memmap, `LazyImages`)
    labels  int64 (N,), each in 0..K-1
    classes K names; ``classes[labels[n]]`` says what image n shows
    split   which part this is: "train", "test", "validation" …
    name    the data set's name
    paths   where each image comes from: N file names, relative to the data set's folder; None for
            images that have no file of their own

    The arrays are not copied (unless ``images`` is in memory and not C-contiguous) and must not be
    written to: ``sha256`` is computed once. Raises InputError naming the first rule that is broken.

    >>> import numpy as np
    >>> images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1])
    >>> data = Dataset(images, labels, ("cat", "dog"))
    >>> len(data), data.classes[data.labels[1]]
    (4, 'dog')
    """

    images: Array
    labels: Array
    classes: tuple[str, ...]
    split: str = "train"
    name: str = "data"
    paths: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _check_array(self.images, "images", np.uint8, 4, "(N, H, W, C)")
        _check_array(self.labels, "labels", np.int64, 1, "(N,)")
        expect_channels_last(self.images.shape)
        if 0 in self.images.shape[1:]:
            raise InputError(
                f"images: expected at least one pixel, received shape {self.images.shape}"
            )
        if len(self.images) != len(self.labels):
            raise InputError(
                f"images, labels: expected equally many, received {len(self.images):,} images and "
                f"{len(self.labels):,} labels{self._other_order()}"
            )
        object.__setattr__(self, "classes", _checked_classes(self.classes))
        outside = np.flatnonzero((self.labels < 0) | (self.labels >= len(self.classes)))
        if len(outside):
            first = int(outside[0])
            raise InputError(
                "labels: expected values in "
                f"0..{len(self.classes) - 1} ({len(self.classes)} classes), "
                f"received labels[{first}] = {int(self.labels[first])}"
            )
        if self.paths is not None and len(self.paths) != len(self.labels):
            raise InputError(
                f"paths: expected one for each of {plural(len(self), 'image')}, received "
                f"{len(self.paths):,}"
            )
        if not is_in_file(self.images):
            object.__setattr__(self, "images", np.ascontiguousarray(self.images))

    def _other_order(self) -> str:
        """The way out for images (H, W, C, N), as MATLAB and SVHN's files have them."""
        is_last = self.images.shape[3] == len(self.labels)
        return "; for (H, W, C, N) use images.transpose(3, 0, 1, 2)" if is_last else ""

    def __len__(self) -> int:
        return len(self.labels)

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
        chosen = np.asarray(indices)
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
        return Dataset(images, self.labels[chosen], self.classes, part, self.name, paths)

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


def _check_array(array: object, name: str, dtype: type, ndim: int, shape: str) -> None:
    wanted = f"{name}: expected {np.dtype(dtype)} {shape}"
    hint = layout_hint(array) if ndim == 4 else ""
    if not isinstance(array, np.ndarray | LazyImages):
        raise InputError(f"{wanted}, received {type(array).__name__}{hint}")
    if array.ndim != ndim or array.dtype != dtype:
        whole = array.dtype.kind in "iu" and array.ndim == ndim and np.dtype(dtype) == np.int64
        fix = f"; use {name}.astype(np.int64)" if whole else ""
        raise InputError(f"{wanted}, received {array.dtype} of shape {array.shape}{hint or fix}")


def _checked_classes(classes: Sequence[str]) -> tuple[str, ...]:
    names = (classes,) if isinstance(classes, str) else tuple(classes)
    if isinstance(classes, str) or not all(isinstance(name, str) for name in names):
        raise InputError(f"classes: expected a sequence of names, received {classes!r}")
    if not names:
        raise InputError("classes: expected at least one name, received none")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise InputError(f"classes: expected different names, received {twice[0]!r} twice")
    return names
