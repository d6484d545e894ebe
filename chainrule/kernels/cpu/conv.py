"""Convolution: which of the algorithms serves which case.

Each algorithm is a module with the three functions of this one. Shapes alone decide, so a
layer always takes the same way and repeats its results to the last bit. ``using`` makes one of
them serve every case that it can, for tests, benchmarks and lessons.

In the precisions that are made of bfloat16, the tiles serve what they can, where the CPU has some.
Other cases have the factors of bfloat16 rounded and the usual algorithm; for bf16x3, and for
depthwise convolutions in any, that is float32 itself, which is more exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ...errors import InputError, did_you_mean
from ...types import Array
from .. import precision
from ..geometry import Padding, Pair, is_depthwise, output_sizes
from . import conv_columns, conv_depthwise, conv_pointwise, conv_tiles, conv_winograd
from .rounding import rounded

__all__ = ["conv2d", "conv2d_backward_input", "conv2d_backward_weight"]

ALGORITHMS: dict[str, ModuleType] = {
    "columns": conv_columns,
    "depthwise": conv_depthwise,
    "pointwise": conv_pointwise,
    "tiles": conv_tiles,
    "winograd": conv_winograd,
}

# From where Winograd's transforms pay, measured: channels on both sides, products in all, and
# output pixels (its weights are 4 times as many, and are transformed for however few tiles).
WIDE, LARGE, MANY = 12, 1 << 22, 200

Options = tuple[Pair, Padding, Pair, int]  # stride, padding, dilation, groups

_asked: list[str] = []


class Case(NamedTuple):
    """The weight's shape (kh, kw, C/G, O), how many pixels N·OH·OW come out, and the options."""

    shape: tuple[int, ...]
    pixels: int
    stride: Pair
    padding: Padding
    dilation: Pair
    groups: int

    def can(self, name: str) -> bool:
        """Whether the algorithm of that name computes this at all."""
        kh, kw, channels, outputs = self.shape
        plain = self.stride == (1, 1) and self.groups == 1
        if name == "tiles":
            return self.groups == 1 and conv_tiles.usable()
        if name == "depthwise":
            return channels == 1 and self.groups == outputs
        if name == "pointwise":
            return plain and (kh, kw) == (1, 1) and self.padding == ((0, 0), (0, 0))
        if name == "winograd":
            return plain and (kh, kw) == (3, 3) and self.dilation == (1, 1)
        return True


def algorithm(case: Case) -> str:
    """The fastest of ALGORITHMS for this precision, or the one that was asked for if it can."""
    if _asked and case.can(_asked[-1]):
        return _asked[-1]
    if precision.current() in ("bfloat16", "bf16x3") and case.can("tiles"):
        return "tiles"
    return _of_float32(case)


def _of_float32(case: Case) -> str:
    if case.can("depthwise"):
        return "depthwise"
    if case.can("pointwise"):
        return "pointwise"
    wide = min(case.shape[2:]) >= WIDE and case.pixels * math.prod(case.shape) >= LARGE
    if case.can("winograd") and wide and case.pixels >= MANY:
        return "winograd"
    return "columns"


@contextmanager
def using(name: str) -> Iterator[None]:
    """Inside, the algorithm ``name`` serves all convolutions that it can.

    InputError if there is none of that name.
    """
    if name not in ALGORITHMS:
        raise InputError(f"algorithm: {name!r}{did_you_mean(name, ALGORITHMS)}")
    _asked.append(name)
    try:
        yield
    finally:
        _asked.pop()


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    options = stride, padding, dilation, groups
    size = output_sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    case = Case(w.shape, len(x) * math.prod(size), *options)
    return _served(case, x, w, lambda serving, x, w: serving.conv2d(x, w, *options))


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array:  # fmt: skip
    options = stride, padding, dilation, groups
    case = Case(w.shape, math.prod(dy.shape[:3]), *options)
    return _served(
        case, dy, w, lambda serving, dy, w: serving.conv2d_backward_input(dy, w, size, *options)
    )


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    options = stride, padding, dilation, groups
    shape = (*kernel, x.shape[3] // groups, dy.shape[3])
    case = Case(shape, math.prod(dy.shape[:3]), *options)
    return _served(
        case, dy, x, lambda serving, dy, x: serving.conv2d_backward_weight(dy, x, kernel, *options)
    )


def _served(
    case: Case, a: Array, b: Array, run: Callable[[ModuleType, Array, Array], Array]
) -> Array:
    """What the algorithm for this case makes of the factors a and b."""
    name = algorithm(case)
    if a.dtype != np.float32 or b.dtype != np.float32:
        return run(ALGORITHMS[_of_float32(case) if name == "tiles" else name], a, b)
    if name == "tiles":
        made: Array | None = run(conv_tiles, a, b)
        if made is not None:
            return made
        name = _of_float32(case)
    elif precision.current() == "bfloat16" and not is_depthwise(case.shape, case.groups):
        a, b = rounded(a), rounded(b)
    return run(ALGORITHMS[name], a, b)
