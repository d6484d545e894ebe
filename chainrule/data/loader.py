"""Batches of a data set in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from ..errors import InputError
from ..types import Array
from .dataset import Dataset
from .order import permutation


class Loader:
    """Deals a data set in batches, each epoch in its own order.

    Epoch ``e`` is in the order keyed by ("shuffle", seed, e): any epoch, and any batch of it,
    can be had without those before it, so that a run resumes in the middle of an epoch. With
    ``shuffle=False`` the order is the data set's own. The last batch holds what is left.

    Raises InputError for a batch size under 1 or above the number of images.
    """

    def __init__(
        self, dataset: Dataset, batch_size: int, seed: int = 0, *, shuffle: bool = True
    ) -> None:
        try:
            size = operator.index(batch_size)
        except TypeError:
            raise InputError(f"batch_size must be a whole number, got {batch_size!r}") from None
        if not 1 <= size <= len(dataset):
            raise InputError(
                f"batch_size must be from 1 to the number of images, {len(dataset):,}, got {size:,}"
            )
        self.dataset, self.batch_size, self.seed, self.shuffle = dataset, size, seed, shuffle

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self.dataset) // self.batch_size)

    def order(self, epoch: int) -> Array:
        """The images' indices in the order of this epoch, int64 (N,)."""
        if self.shuffle:
            return permutation(len(self.dataset), "shuffle", self.seed, epoch)
        return np.arange(len(self.dataset))

    def batches(self, epoch: int, start: int = 0) -> Iterator[tuple[Array, Array]]:
        """Yield (images uint8 (n, H, W, C), labels int64 (n,)) from batch ``start`` on.

        Both are C-contiguous and the caller's to keep, and to write to. Raises InputError,
        at once, if there is no batch ``start`` (``len(self)`` is allowed: nothing is left).
        """
        if not 0 <= start <= len(self):
            raise InputError(f"start must be a batch from 0 to {len(self)}, got {start}")
        return self._deal(self.order(epoch)[start * self.batch_size :])

    def _deal(self, order: Array) -> Iterator[tuple[Array, Array]]:
        images, labels = np.asarray(self.dataset.images), self.dataset.labels
        for first in range(0, len(order), self.batch_size):
            chosen = order[first : first + self.batch_size]
            # "clip" skips the check of each index, which the order cannot fail: twice as fast
            # as images[chosen] (60,000 MNIST images in 6 ms against 14 ms).
            yield images.take(chosen, axis=0, mode="clip"), labels[chosen]
