"""What an operation is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...declared import Checked
from ...ranges import Probability
from ...types import Array
from .sample_rng import SampleRNG


@dataclass(frozen=True, kw_only=True)
class Operation(Checked, ABC):
    """Something that is done to an image with probability ``p``.

    Operations are frozen: two with equal options are equal. Raises InputError for an option
    that cannot be.
    """

    p: Probability = 1.0

    def chosen(self, rng: SampleRNG) -> Array:
        """To which images it is done, bool (n,)."""
        return rng.happens(self.p)


class PixelTransform(Operation):
    """An operation that takes a pass of its own over the pixels."""

    @abstractmethod
    def apply(self, images: Array, rng: SampleRNG) -> Array:
        """The images after it; those that are not ``chosen`` are as they were."""


class Mixing(Operation):
    """An operation that puts another image of the data set into each, and so mixes labels."""

    @abstractmethod
    def mix(self, images: Array, others: Array, rng: SampleRNG) -> tuple[Array, Array]:
        """Mixed images, and the share of each that is its own, float64 (n,): 1 if not chosen."""
