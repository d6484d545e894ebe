"""Shuffled orders that are the same on every machine and with every version of NumPy."""

from __future__ import annotations

import operator

import numpy as np

from ..random import generator
from ..types import Array


def permutation(count: int, *key: int | str) -> Array:
    """The numbers 0..count-1 in the order named by ``key``, int64 (count,).

    Each number gets a 64-bit draw and the draws are sorted. NumPy promises that the raw stream
    of a bit generator never changes, and does not promise it of ``Generator.permutation``
    (NEP 19), on which no saved run could be resumed after an upgrade.
    """
    # A seed that is a NumPy integer names the same stream as the plain one.
    plain = [part if isinstance(part, str) else operator.index(part) for part in key]
    draws = np.asarray(generator(*plain).bit_generator.random_raw(count))
    return np.argsort(draws, kind="stable")
