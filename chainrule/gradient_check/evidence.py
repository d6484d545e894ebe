"""All that is known about one wrong gradient, and the experiments that tell more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..types import Array
from .numeric import ENTRIES, numeric_gradient
from .problem import INPUT, Problem
from .record import Recording, record
from .reduced import reduced

MOST_ENTRIES = 8192
"""All entries are looked at of arrays up to this size, ENTRIES of larger ones."""
AGREE = 1e-6


@dataclass(frozen=True)
class Mismatch:
    """The gradient of the array ``name``: what backward says, and what differences say.

    ``numeric`` is NaN where it is not known. ``problem`` is None for a bare function, with which
    there is nothing to experiment. ``touched`` says whether backward wrote the gradient at all.
    """

    name: str
    value: Array
    analytic: Array
    numeric: Array
    touched: bool = True
    problem: Problem | None = None
    known: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", np.isfinite(self.numeric))

    @property
    def fits(self) -> bool:
        """Whether the gradient has the shape of its array."""
        return self.analytic.shape == self.value.shape

    @property
    def of_input(self) -> bool:
        return self.name.startswith(INPUT)

    @property
    def difference(self) -> Array:
        return self.analytic - self.numeric

    @cached_property
    def error(self) -> float:
        """‖a - n‖, or ‖n‖ where the shapes differ: what a mistake has to explain."""
        return self.norm(self.difference if self.fits else self.numeric)

    def norm(self, array: Array) -> float:
        """‖array‖ over the entries whose numeric gradient is known."""
        return float(np.linalg.norm(array[self.known]))

    def residual(self, repaired: Array) -> float:
        """The part of the error that stays if the gradient were ``repaired``."""
        if repaired.shape != self.value.shape or not self.error:
            return math.inf
        return self.norm(repaired - self.numeric) / self.error

    @property
    def whole(self) -> bool:
        """Whether every entry was looked at."""
        return self.value.size <= MOST_ENTRIES

    @property
    def agrees(self) -> bool:
        """Whether this numeric gradient, taken with more care, finds no error at all."""
        if not (self.fits and self.known.any()):
            return False
        a, n = self.analytic[self.known], np.abs(self.numeric[self.known])
        error = np.abs(a - self.numeric[self.known])
        return bool(np.all(error <= AGREE * n + AGREE / 100 * n.max()))

    @cached_property
    def passes(self) -> tuple[Array, Array, Array]:
        """(x, y, dy) of a layer of one input that stands alone."""
        problem = self._alone
        _, y, dy, _ = problem.run(problem.arrays)
        return problem.inputs[0], y, dy

    @property
    def _alone(self) -> Problem:
        if self.problem is None:
            raise LookupError("a bare function has no inputs and outputs")
        return self.problem

    @property
    def size(self) -> int:
        """The number of samples in the batch."""
        return self._alone.size

    def at(self, rows: Sequence[int]) -> Mismatch:
        """The same array's gradient for a batch of other samples."""
        return gather(self._alone.at(rows), self.name)

    def claimed(self, instead: Mapping[str, Array]) -> Array:
        """What backward would say if it found other parameters than forward did."""
        gradient = self._alone.gradient(instead)[self.name]
        return np.zeros_like(self.value) if gradient is None else gradient

    @cached_property
    def recording(self) -> Recording:
        """One pass, with what the layers directly inside did."""
        return record(self._alone)


def gather(problem: Problem, name: str) -> Mismatch:
    """What there is to know about ``name`` in ``problem``; what it has been run for before does
    not count."""
    problem = problem.copy(problem.inputs, problem.head)
    gradient, value = problem.gradient()[name], problem.arrays[name]
    entries = MOST_ENTRIES if value.size <= MOST_ENTRIES else ENTRIES
    numeric = numeric_gradient(problem.value, problem.arrays, name, entries=entries)
    analytic = np.zeros_like(value) if gradient is None else gradient
    return Mismatch(name, value, analytic, numeric, gradient is not None, problem)


def gather_small(problem: Problem, name: str) -> Mismatch:
    """As ``gather``, on the least of the input that is enough to see the error: then every entry
    can be looked at."""
    for smaller in reduced(problem):
        evidence = gather(smaller, name)
        if not evidence.agrees:
            return evidence
    return gather(problem, name)
