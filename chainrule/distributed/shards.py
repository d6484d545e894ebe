"""Which images of a batch are whose.

A batch of n images is first cut as a plain training cuts it, in ``accumulate`` parts, and then each
part among K ranks, in shares that differ by one image at most. So the parts, and what is computed
of them, are the same for every K. A part with too few images for all (the last one of an epoch)
goes to the first ranks. The others compute a copy of its first images, which counts for nothing:
every rank takes every step, with its collective calls and its counters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..data.loader import cut
from ..layers.shard import WHOLE, Shard
from ..types import Array
from .group import Group


@dataclass(frozen=True)
class Part:
    """A rank's images of a part of a batch: the places ``start`` to ``stop`` in the batch.
    Their loss counts ``weight`` in that of the batch; ``shard`` is what layers are told of it."""

    start: int
    stop: int
    weight: float
    shard: Shard = WHOLE

    @property
    def count(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Shards:
    """How a rank's images follow from the size of a batch.

    size        images a part, at most: those of a batch over ``accumulate``
    least       images in the smallest part that a plain training makes
    each        images that a rank must have at least of a part
    gather      joins what ranks say of a batch, where batch norm takes its statistics over all

    >>> from chainrule.distributed.group import Alone
    >>> Shards(Alone(), accumulate=2).parts(10)[1]
    Part(start=5, stop=10, weight=0.5, shard=Shard(start=0, counted=True, gather=None))
    """

    group: Group
    accumulate: int = 1
    least: int = 1
    each: int = 1
    gather: Callable[[Array], Array] | None = None

    def parts(self, n: int) -> list[Part]:
        """This rank's images of a batch of ``n``, part by part."""
        size = max(-(-n // self.accumulate), self.least)
        return [self._own(part.start, part.stop, n) for part in cut(n, size, self.least)]

    def places(self, n: int) -> Array:
        """The places in a batch of ``n`` of this rank's images, int64."""
        return np.concatenate([np.arange(part.start, part.stop) for part in self.parts(n)])

    def _own(self, start: int, stop: int, n: int) -> Part:
        rank, size, m = self.group.rank, self.group.size, stop - start
        if size == 1:
            return Part(start, stop, m / n)
        busy = max(1, min(size, m // self.each))
        if rank >= busy:
            return Part(start, start + min(m, self.each), 0.0, Shard(0, False, self.gather))
        first, last = m * rank // busy, m * (rank + 1) // busy
        share = Shard(first, True, self.gather)
        return Part(start + first, start + last, (last - first) / n, share)
