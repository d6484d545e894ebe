"""A plan ready to run: its programs, its weights, and memory for each call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..interop.folding import fold_batch_norm
from ..interop.plan import Plan
from ..kernels import forks
from ..kernels.cpu.prepared import helpers
from ..kernels.cpu.prepared.program import SPACING, run
from ..kernels.cpu.workers import scratch
from ..types import Array
from .packing import Packing, aligned
from .program import Program, program

SHARED = 1 << 21
"""Multiplications from which other threads help: one is awake after some 30 us."""
HELPERS = 7
"""Other threads, at most: instructions have some 8 to 64 pieces."""
TOGETHER = 1 << 24
"""Multiplications of images that run together, about: then their values stay in the caches."""
FEWEST, MOST = 8, 64
"""Images that run together where that many are given."""
LARGEST = 1 << 27
"""Bytes of the values of a run, unless it is of one image."""

ALONE = np.zeros((0, 2, SPACING), np.int64)
"""Counters of a run of one thread, which counts by itself."""

_lock = forks.keep(threading.RLock())  # one for all: programs are written seldom


class Memory(NamedTuple):
    """What one run writes to, and views of the values that it begins and ends with."""

    numbers: Array
    source: Array
    result: Array
    scratch: Array


class Prepared:
    """Called with x (N, …) it returns the output (N, …) of the plan.

    There are programs for 1, 2, 4, 8 … images, and N is made of these. Each call, in any thread,
    has memory of its own, which later ones use again.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = fold_batch_norm(plan)
        self._work = multiplications(self.plan)
        self._packing = Packing()
        self._programs: dict[int, Program] = {}
        self._memories: dict[int, list[Memory]] = {}
        one = self._program(1)  # packs all weights
        self._weights = self._packing.whole()
        fitting = LARGEST // max(1, 4 * one.memory)
        together = max(1, min(MOST, fitting, max(FEWEST, TOGETHER // max(1, self._work))))
        self._most = 1 << (together.bit_length() - 1)

    def _program(self, count: int) -> Program:
        with _lock:
            if count not in self._programs:
                self._memories[count] = []
                self._programs[count] = program(self.plan, count, self._packing)
            return self._programs[count]

    def __call__(self, x: Array) -> Array:
        if len(x) == 1:
            return self._few(x)
        y = np.empty((len(x), *self.plan.output_shape), np.float32)
        for part in parts(len(x), self._most):
            y[part] = self._few(x[part])
        return y

    def _few(self, x: Array) -> Array:
        """As many images as one program is for."""
        count = len(x)
        made = self._programs.get(count) or self._program(count)
        free = self._memories[count]
        try:
            memory = free.pop()
        except IndexError:
            memory = self._memory(made)
        memory.source[...] = x
        self._run(made, memory)
        y = memory.result.copy()
        free.append(memory)
        return y

    def _memory(self, made: Program) -> Memory:
        numbers, count = aligned(made.memory), made.count
        source = made.source.view(numbers, count).reshape(count, *self.plan.input_shape)
        result = made.result.view(numbers, count).reshape(count, *self.plan.output_shape)
        return Memory(numbers, source, result, np.empty(made.scratch, np.float32))

    def _run(self, made: Program, memory: Memory) -> None:
        start, shared = 0, made.count * self._work >= SHARED
        counters = np.zeros((len(made.table), 2, SPACING), np.int64) if shared else ALONE
        for stop, between in made.parts:
            if start < stop:
                given = (
                    made.table, start, stop, made.tables, self._weights, memory.numbers
                )  # fmt: skip
                if shared:
                    helpers.call(partial(_help, made.scratch, *given, counters), HELPERS)
                with forks.quiet():
                    run(*given, memory.scratch, counters, shared, size=0)
            if between is not None:
                between(memory.numbers)
            start = stop


def _help(size: int, *given: Any) -> None:
    """A helper's part of a run, with scratch of its own."""
    *before, counters = given
    run(*before, scratch("prepared", (size,)), counters, True, size=0)


def parts(count: int, most: int) -> Iterator[slice]:
    """0 … count in parts of ``most``, and then of the powers of 2 below it."""
    start, size = 0, most
    while start < count:
        while size > count - start:
            size //= 2
        yield slice(start, start + size)
        start += size


def multiplications(plan: Plan) -> int:
    """Of one image, in its products."""
    total = 0
    for step in plan.steps:
        if "weight" in step.arrays:
            pixels = int(np.prod(step.shape[:-1]))
            total += pixels * step.arrays["weight"].size
    return total
