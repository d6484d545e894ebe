"""The random numbers of an augmentation, which belong to a sample, not to a batch."""

from __future__ import annotations

import numpy as np

from ...arrays import class_indices
from ...declared import Checked
from ...random import stream_key
from ...types import Array


class SampleRNG(Checked):
    """Draws for each of ``samples``, which depend on (seed, epoch, sample, operation) alone.

    A draw is a hash of the sample's number, of the stream's key, and of how many draws went
    before it. So a sample gets the same numbers in any batch, in any order and on any thread;
    nothing is stored, and a resume finds every draw where it was.

    ``samples`` is int64 (n,).

    >>> import numpy as np
    >>> batch = SampleRNG("flip", 0, 0, np.array([7, 8, 9])).uniform()
    >>> alone = SampleRNG("flip", 0, 0, np.array([9])).uniform()
    >>> bool(batch[2] == alone[0]), bool(batch[1] == batch[2])
    (True, False)
    """

    def __init__(self, operation: str, seed: int, epoch: int, samples: Array) -> None:
        samples = class_indices("samples", samples, 2**63)
        self.epoch, self.count = epoch, len(samples)
        self._operation, self._seed, self._samples = operation, seed, samples
        key = stream_key("augment", operation, seed, epoch)
        self._sample_keys = _mix(_mix(samples.astype(np.uint64)) ^ np.uint64(key % 2**64))
        self._drawn = 0

    def bits(self) -> Array:
        """The next 64 random bits of each sample, uint64 (n,)."""
        self._drawn += 1
        return _mix(self._sample_keys + np.uint64(self._drawn * _GOLDEN % 2**64))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> Array:
        """Numbers in [low, high), float64 (n,)."""
        numbers: Array = low + (high - low) * ((self.bits() >> 11) * 2.0**-53)
        return numbers

    def integers(self, count: int | Array) -> Array:
        """Whole numbers in 0..count-1, int64 (n,); ``count`` may differ from sample to sample."""
        numbers: Array = (self.uniform() * count).astype(np.int64)
        return numbers

    def happens(self, p: float) -> Array:
        """True with probability ``p``, bool (n,)."""
        happened: Array = self.uniform() < p
        return happened

    def in_every_epoch(self) -> SampleRNG:
        """Draws that stay with a sample from epoch to epoch."""
        return SampleRNG(f"{self._operation} in every epoch", self._seed, 0, self._samples)


_GOLDEN = 0x9E3779B97F4A7C15


def _mix(h: Array) -> Array:
    """Scramble uint64 values: each input bit flips each output bit half of the time.

    Source: the finalizer of SplitMix64 (Steele et al. 2014), in Stafford's variant 13.
    """
    with np.errstate(over="ignore"):
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = h ^ (h >> np.uint64(31))
    return mixed
