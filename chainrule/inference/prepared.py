"""A plan ready to run: its programs, its weights, and memory for each call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import NamedTuple

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

_lock = forks.keep(threading.RLock())  # one for all: programs are written seldom


class Memory(NamedTuple):
    """What one run writes to, with the value that it begins with and the one that it ends with."""

    numbers: Array
    source: Array
    result: Array


class Prepared:
    """Called with x (N, …) it returns the output (N, …) of the plan.

    There are programs for 1, 2, 4, 8 … images, and N is made of these. Each call, in any thread,
    has memory of its own, which later ones use again.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = fold_batch_norm(plan)
        self._work = multiplications(self.plan)
        together = min(MOST, max(FEWEST, TOGETHER // max(1, self._work)))
        self._most = 1 << (together.bit_length() - 1)
        self._packing = Packing()
        self._programs: dict[int, Program] = {}
        self._memories: dict[int, list[Memory]] = {}
        self._program(1)  # packs all weights
        self._weights = self._packing.whole()

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
            memory = _memory(made)
        memory.source[...] = x.reshape(memory.source.shape)
        self._run(made, memory.numbers)
        y = memory.result.reshape(count, *self.plan.output_shape).copy()
        free.append(memory)
        return y

    def _run(self, made: Program, numbers: Array) -> None:
        shared, start = made.count * self._work >= SHARED, 0
        counters = np.zeros((len(made.table), 2, SPACING), np.int64)
        for stop, between in made.parts:

            def work(start: int = start, stop: int = stop) -> None:
                run(
                    made.table, start, stop, made.tables, self._weights, numbers,
                    scratch("prepared", (made.scratch,)), counters, shared, size=0,
                )  # fmt: skip

            if start < stop:
                if shared:
                    helpers.call(work, HELPERS)
                with forks.quiet():
                    work()
            if between is not None:
                between(numbers)
            start = stop


def _memory(made: Program) -> Memory:
    numbers = aligned(made.memory)
    return Memory(numbers, *(v.view(numbers, made.count) for v in (made.source, made.result)))


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
