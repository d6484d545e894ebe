"""The memory that a training takes at its peak, estimated from a step."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..kernels.notices import settled
from ..layers.base import Layer, named_arrays, named_parameters, trained_parameters
from ..layers.variables import Parameter, Variable
from ..optim import Optimizer
from ..text import plural, size
from .available import available_memory as available_memory
from .fresh import fresh_arrays

SPARE = 1.1  # kernels keep some of what they had, to use it again, and the heap has gaps
SCORING = 36
"""Bytes a logit that it takes for the loss and a softmax in float64, as measured."""


@dataclass(frozen=True)
class Line:
    """fixed + each · n bytes for n images"""

    fixed: float
    each: float

    def at(self, n: int) -> int:
        return round(self.fixed + self.each * n)


@dataclass(frozen=True)
class Memory:
    """Bytes beyond what the process has already, ``resident``.

    state       of the optimizer, which stays also in an evaluation
    learning    of a step: gradients (fixed), activations and all that passes (each image)
    predicting  of an evaluation
    batch_size  images that are in memory at once
    evaluated   images that are predicted at once, 0 for none
    answers     of the validation, kept until the next one: probabilities of each class
    tested      the same of the test at the end

    >>> line = Line(1000.0, 100.0)  # bytes of a step: 1,000, and 100 for each image
    >>> memory = Memory(0, 0, line, line, batch_size=10, evaluated=10)
    >>> memory.fits(1_000_000) > 10 > memory.fits(1_000)
    True
    """

    resident: int
    state: int
    learning: Line
    predicting: Line
    batch_size: int
    evaluated: int
    answers: int = 0
    tested: int = 0

    @property
    def needed(self) -> int:
        """Bytes to be taken yet."""
        step, rest = self.learning.at(self.batch_size), self.predicting.at(self.evaluated)
        return self.state + self.answers + round(SPARE * max(step, rest + self.tested))

    @property
    def peak(self) -> int:
        """Bytes of the process at its largest."""
        return self.resident + self.needed

    def fits(self, available: int) -> int:
        """The largest batch for which ``available`` bytes are enough; 0 if none is."""
        left = (available - self.state - self.answers) / SPARE - self.learning.fixed
        return max(0, int(left / self.learning.each)) if self.learning.each else 0


def measure(run: Callable[[int], Any], n: int, each: float) -> Line:
    """The bytes that ``run(n)`` takes at its peak, and ``each`` for every further image.

    NumPy reports its arrays to ``tracemalloc``, so it is the true peak, workspace included. What
    a further image takes is not told by a second run: buffers of a block's size, full at a few
    images already, would look like a slope. Nor is the compiling of kernels a part of it.
    """

    def peak() -> int:
        with _peak() as read:
            run(n)
            return read()

    return Line(max(0.0, settled(peak) - each * n), each)


@contextmanager
def _peak() -> Iterator[Callable[[], int]]:
    """The most bytes allocated in the block beyond those at its beginning."""
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        with fresh_arrays():
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            yield lambda: max(0, tracemalloc.get_traced_memory()[1] - before)
    finally:
        if not running:
            tracemalloc.stop()


def gradients_of(model: Layer) -> int:
    """Bytes of the gradients of all parameters that are trained."""
    return sum(_bytes(p) for _, p in trained_parameters(model))


def state_of(optimizer: Optimizer, model: Layer) -> int:
    """Bytes that the optimizer remembers about all parameters that are trained."""
    return sum(_slots(optimizer, p) * _bytes(p) for _, p in trained_parameters(model))


def _slots(optimizer: Optimizer, parameter: Parameter) -> int:
    """How many arrays of the parameter's size the optimizer keeps for it."""
    like = np.zeros((2,) * len(parameter.shape), np.float32)
    return sum(1 for array in optimizer.start(like).values() if array.shape == like.shape)


def _bytes(variable: Variable) -> int:
    return math.prod(variable.shape) * np.dtype(variable.dtype).itemsize


@checked
def expect_weights_fit(
    model: Layer, optimizer: Optimizer | None = None, available: int | None = None
) -> None:
    """InputError if weights, gradients and the optimizer's state alone are more than there is.

    It needs only the shapes: to be asked before the weights are drawn.

    >>> from chainrule import models
    >>> try:
    ...     expect_weights_fit(models.mlp(784, (100,), 10), available=1_000)
    ... except InputError as error:
    ...     print(str(error)[:31])
    the model has 79,510 parameters
    """
    available = available_memory() if available is None else available
    weights = sum(_bytes(node) for _, node in named_arrays(model) if not node.drawn)
    needed = weights + gradients_of(model) + (state_of(optimizer, model) if optimizer else 0)
    if available is not None and needed > available:
        count = sum(math.prod(p.shape) for _, p in named_parameters(model))
        raise InputError(
            f"the model has {count:,} parameters: with gradients and the optimizer's state they "
            f"need {size(needed)}, and {size(available)} are available; no batch size fits, "
            "make the model smaller"
        )


@checked
def expect_fit(memory: Memory, available: int | None = None, parts: int = 1) -> None:
    """InputError if a training would run out of memory, with the batch size that would not.

    ``parts`` is in how many each batch is taken (``accumulate``).

    >>> line = Line(0.0, 100.0)
    >>> memory = Memory(0, 0, line, line, batch_size=100, evaluated=1)
    >>> try:
    ...     expect_fit(memory, available=5_000)
    ... except InputError as error:
    ...     print(str(error).split(":")[0])
    batch_size
    """
    available = available_memory() if available is None else available
    if available is None or memory.needed <= available:
        return
    largest = memory.fits(int(0.9 * available))  # other programs live too
    batch = memory.batch_size * parts
    lacking = f"needs {size(memory.needed)}, and {size(available)} are available"
    if memory.learning.at(memory.batch_size) <= available:
        raise InputError(
            f"an evaluation of {plural(memory.evaluated, 'image')} at once {lacking}; make the "
            "model or the images smaller"
        )
    if largest < 1:
        raise InputError(
            f"batch_size: a step of {plural(batch, 'image')} {lacking}; not even one image "
            "fits, make the model or the images smaller"
        )
    raise InputError(
        f"batch_size: a step of {plural(batch, 'image')} {lacking}; {largest * parts} would "
        f"fit, or keep {batch} and take each batch in parts: accumulate={-(-batch // largest)}"
    )
