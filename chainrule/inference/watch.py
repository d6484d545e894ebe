"""Whether the weights of a model are those that were there before, found out in microseconds."""

from __future__ import annotations

from operator import attrgetter, is_
from typing import Any

import numpy as np

from ..kernels.cpu.prepared.words import differ
from ..layers.base import Layer, named_arrays
from ..types import Array

WORD = 4  # bytes; smaller numbers, of which no weight is made, are not looked at

_value = attrgetter("_value")  # not by way of the property, which takes three times as long


class Watch:
    """``changed()`` says whether an array of a model was replaced (as by ``load_state``, or by a
    norm that learns), or written to (as by an optimizer's step): the numbers in its corners are
    compared, from 2 of a bias to 16 of a convolution.

    Numbers that somebody writes into the middle of an array are not seen.
    """

    def __init__(self, model: Layer) -> None:
        self._variables = [variable for _, variable in named_arrays(model)]
        self._arrays = list(map(_value, self._variables))  # and so their memory stays
        kept = [words(corners(array)) for array in self._arrays if array.itemsize % WORD == 0]
        self._places = np.concatenate([np.zeros(0, np.int64), *(places for places, _ in kept)])
        self._words = np.concatenate([np.zeros(0, np.int32), *(each for _, each in kept)])

    def changed(self) -> bool:
        """Since this was made."""
        same = all(map(is_, map(_value, self._variables), self._arrays))
        return not same or differ(self._places, self._words, size=0) > 0


def corners(array: Array) -> Array:
    """A view of the first and last numbers along each axis."""
    ends: list[Any] = [slice(None, None, max(1, n - 1)) for n in array.shape]
    view: Array = array[(..., *ends)]
    return view


def words(view: Array) -> tuple[Array, Array]:
    """(addresses of the 4-byte words of a few numbers, the words)"""
    places = np.full(view.shape, view.__array_interface__["data"][0], np.int64)
    for axis, (n, step) in enumerate(zip(view.shape, view.strides, strict=True)):
        places += (np.arange(n) * step).reshape(-1, *[1] * (view.ndim - axis - 1))
    each = np.arange(0, view.itemsize, WORD)
    found = np.frombuffer(np.ascontiguousarray(view).tobytes(), np.int32)
    return (places.reshape(-1, 1) + each).ravel(), found
