"""Batches of a data set in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..arrays import native
from ..declared import Checked, checked
from ..errors import InputError
from ..ranges import PositiveInt, Whole
from ..types import Array
from .augment import Augment
from .dataset import Dataset
from .lazy import gather, is_in_file
from .order import permutation
from .prefetch import prefetch
from .resize import ResizedImages

LARGE_BATCH = 1 << 16  # bytes, a hundred images of MNIST: below, handing over takes longer


class Loader(Checked):
    """Deals a data set in batches, each epoch in its own order.

    Epoch ``e`` is in the order keyed by ("shuffle", seed, e): any epoch, and any batch of it,
    can be had without those before it, so that a run resumes in the middle of an epoch. With
    ``shuffle=False`` the order is the data set's own. The last batch holds what is left; fewer
    than ``smallest`` images join the batch before them, so that none is left out.

    ``augment`` changes the images of each batch, keyed by the same seed, the epoch and each
    image's place in the data set. With ``background`` batches are made in a thread, up to two
    ahead of who takes them. They are the same batches: neither the thread nor ``batch_size``
    changes what becomes of an image. Images that are resized when they are asked for
    (`chainrule.data.resize`) are augmented before. With ``weights`` (N,), one for each image, a
    batch has those of its images as a third array. ``places`` deals a part of each batch only:
    those of its n images at the places ``places(n)``, int64.

    Raises InputError for a batch size under 1 or above the number of images, and for another
    number of weights.

    >>> from chainrule import data
    >>> train, _ = data.digits()
    >>> loader = Loader(train, 500, seed=0)
    >>> [len(labels) for _, labels in loader.batches(epoch=0)]
    [500, 500, 438]
    >>> bool((loader.order(0) == Loader(train, 100, seed=0).order(0)).all())
    True
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: Whole,
        seed: int = 0,
        *,
        shuffle: bool = True,
        augment: Augment | None = None,
        background: bool = False,
        smallest: PositiveInt = 1,
        weights: Array | None = None,
        places: Callable[[int], Array] | None = None,
    ) -> None:
        size = operator.index(batch_size)
        if not 1 <= size <= len(dataset):
            raise InputError(
                f"batch_size: expected from 1 to {len(dataset):,}, the "
                f"number of images, received {size:,}"
            )
        self.dataset, self.batch_size, self.seed, self.shuffle = dataset, size, seed, shuffle
        self.augment, self.background, self.smallest = augment, background, smallest
        self.weights = None if weights is None else _weights(weights, len(dataset))
        self.places = places
        self._parts = cut(len(dataset), size, smallest)

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return len(self._parts)

    def size(self, place: int) -> int:
        """How many images batch ``place`` of an epoch has, whoever takes them."""
        part = self._parts[place]
        return int(part.stop - part.start)

    @checked
    def order(self, epoch: int) -> Array:
        """The images' indices in the order of this epoch, int64 (N,)."""
        if self.shuffle:
            return permutation(len(self.dataset), "shuffle", self.seed, epoch)
        return np.arange(len(self.dataset))

    @checked
    def batches(self, epoch: int, start: int = 0) -> Iterator[tuple[Array, ...]]:
        """Yield (images uint8 (n, H, W, C), labels int64 (n,)) from batch ``start`` on, and
        weights (n,) as a third if there are any.

        Labels are float32 (n, K) where ``augment`` mixes images. The arrays are C-contiguous
        and the caller's to keep, and to write to. Raises InputError, at once, if there is no
        batch ``start`` (``len(self)`` is allowed: nothing is left).
        """
        if not 0 <= start <= len(self):
            raise InputError(f"start: expected a batch from 0 to {len(self)}, received {start}")
        batches = self._deal(self.order(epoch), self._parts[start:], epoch)
        return prefetch(batches) if self.background else batches

    def _deal(
        self, order: Array, parts: Sequence[slice], epoch: int
    ) -> Iterator[tuple[Array, ...]]:
        images: Any = self.dataset.images
        labels = self.dataset.labels
        small = isinstance(images, ResizedImages)
        source = replace(self.dataset, images=images.unchanged) if small else self.dataset
        for part in parts:
            chosen = order[part]
            if self.places is not None:
                chosen = chosen[self.places(len(chosen))]
            if self.augment is None:
                batch = gather(images, chosen), gather(labels, chosen)
            else:
                changed, targets = self.augment(
                    gather(source.images, chosen), gather(labels, chosen), chosen,
                    seed=self.seed, epoch=epoch, classes=len(source.classes), source=source,
                )  # fmt: skip
                batch = (images.finish(changed) if small else changed), targets
            yield batch if self.weights is None else (*batch, gather(self.weights, chosen))


def _weights(given: Array, count: int) -> Array:
    weights = native("weights", given)
    if weights.shape != (count,) or weights.dtype.kind not in "fiub":
        raise InputError(
            f"weights: expected a number for each of {count:,} images, received {weights.dtype} of "
            f"shape {weights.shape}"
        )
    return weights


def cut(n: int, size: int, smallest: int = 1) -> list[slice]:
    """0..n-1 in pieces of ``size``; the last one has what is left, which joins the piece before
    it if it is less than ``smallest``.

    >>> [piece.stop for piece in cut(7, 3)], [piece.stop for piece in cut(7, 3, smallest=2)]
    ([3, 6, 7], [3, 7])
    """
    starts = list(range(0, n, size))
    if len(starts) > 1 and n - starts[-1] < smallest:
        starts.pop()
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n], strict=True)]


def batch_for(shape: Sequence[int]) -> int:
    """How many of the images (N, H, W, C) are predicted at a time: 512, or as many as 512 of
    64x64x3 have numbers, at least 16.

    >>> batch_for((10_000, 32, 32, 3)), batch_for((10_000, 128, 128, 3))
    (512, 128)
    """
    return max(16, min(512, 512 * 64 * 64 * 3 // max(1, math.prod(shape[1:]))))


def worth_a_thread(dataset: Dataset, batch_size: int, augment: Augment | None = None) -> bool:
    """Whether ``background`` pays: images are read from disk or resized, or many are changed."""
    changed = augment is not None and augment.operations
    nbytes = batch_size * int(np.prod(dataset.images.shape[1:]))
    images: Any = dataset.images
    if isinstance(images, ResizedImages):
        return True
    return is_in_file(images) or (bool(changed) and nbytes >= LARGE_BATCH)
