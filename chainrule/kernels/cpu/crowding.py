"""Products by all of BLAS's threads, or by one while another process uses the cores.

BLAS's threads wait for one another within a product. Where another process has one of two cores,
the thread that has none holds up the other for whole time slices: a step of the small MLP took 9.5
ms instead of 1.9, and 2.7 on one thread. So products are timed, each beside the fastest of its
shape; once several within a tenth of a second take far longer, the next ones are made by one
thread for a while, after which all threads are tried again.

That must not change a bit of a result. OpenBLAS adds up the K products of an entry in blocks whose
size depends on the number of threads; up to DEPTH they are one block. So a longer product is
the sum of shorter ones, whatever the number of threads. That makes results equal with OpenBLAS's
kernels for AVX-512; those for AVX2 also add up the last columns of each thread's part in another
order. With these, and with other libraries, all threads are always used: on a shared machine of
that kind, train small nets with OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

from functools import cache
from time import perf_counter

import numpy as np

from ...random import generator
from ...types import Array
from . import blas

DEPTH = 400
SAME_BITS = ("SkylakeX", "Cooperlake", "Sapphirerapids")
"""OpenBLAS's kernels with which one thread and several agree to the last bit up to DEPTH, where
the blocks of this version are as large."""
TRIED = ((37, 300), (128, 256), (500, 65))  # rows and columns of products that are compared

SLOW, LEAST = 4.0, 3e-4  # times the fastest of its shape, and seconds more, are a slow product
NOTICE, WINDOW = 3, 0.1  # so many of them in so many seconds: the cores are shared
SHORTEST, LONGEST = 0.25, 4.0  # seconds with one thread, doubled where that was too short
SHAPES = 1000  # that are remembered


class Watch:
    """Whether the cores are shared, from how long products take."""

    def __init__(self) -> None:
        self.fastest: dict[tuple[int, ...], float] = {}
        self.slow: list[float] = []  # when the last slow products began
        self.until, self.pause = 0.0, SHORTEST

    def note(self, shape: tuple[int, ...], begun: float, seconds: float) -> None:
        """A product of this shape, by all threads, took so long."""
        fastest = self.fastest.get(shape)
        if fastest is None or seconds < fastest:
            if len(self.fastest) >= SHAPES:
                self.fastest.clear()
            self.fastest[shape] = seconds
            return
        if seconds < SLOW * fastest or seconds - fastest < LEAST:
            return
        self.slow = [each for each in self.slow if begun - each < WINDOW] + [begun]
        if len(self.slow) >= NOTICE:
            again = begun - self.until < self.pause
            self.pause = min(2 * self.pause, LONGEST) if again else SHORTEST
            self.until = begun + seconds + self.pause
            self.slow = []


_watch = Watch()


def product(a: Array, b: Array) -> Array:
    """a (M, K) @ b (K, N) by BLAS"""
    if not _interchangeable():
        return np.asarray(a @ b)
    begun = perf_counter()
    if begun < _watch.until:
        with blas.one_thread():
            return in_blocks(a, b)
    y = in_blocks(a, b)
    _watch.note((*a.shape, b.shape[1]), begun, perf_counter() - begun)
    return y


def in_blocks(a: Array, b: Array) -> Array:
    """a (M, K) @ b (K, N) = Σ a[:, k : k + n] @ b[k : k + n] in the order of k, n at most DEPTH"""
    if len(b) <= DEPTH:
        return np.asarray(a @ b)
    n = -(-len(b) // -(-len(b) // DEPTH))
    y = np.asarray(a[:, :n] @ b[:n])
    for k in range(n, len(b), n):
        y += a[:, k : k + n] @ b[k : k + n]
    return y


@cache
def _interchangeable() -> bool:
    """Whether one thread and several make the same bits, by name and by trial."""
    if not blas.kernels() or not blas.kernels() <= {*SAME_BITS}:
        return False
    rng = generator("crowding")
    for rows, columns in TRIED:
        a = rng.standard_normal((rows, DEPTH), np.float32)
        b = rng.standard_normal((DEPTH, columns), np.float32)
        several = a @ b
        with blas.one_thread():
            if not np.array_equal(a @ b, several):
                return False
    return True
