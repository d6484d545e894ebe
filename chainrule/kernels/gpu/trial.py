"""A kernel that a driver loads for the first time proves itself before it is believed.

Tile kernels are compiled elsewhere, perhaps, and by one compiler for every driver. So the first
call of each makes a small convolution of the same kind, and one that disagrees with the reference
is left out, with a warning, for as long as the process runs.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...errors import ChainruleWarning
from ...random import generator
from ...types import Array
from .. import precision
from ..reference import conv as reference
from . import convolution
from .arrays import placed
from .convolution import Geometry
from .cubins import Variant

TOLERANCE = 1e-4  # of the largest number: sums have other orders, products are the same
FEW = 2  # images of a trial

_verdicts: dict[tuple[str, Variant, int], bool] = {}


def passed(which: str, variant: Variant, kernel: Any, g: Geometry, planes: int) -> bool:
    """Whether ``kernel`` computes "forward", "input" or "weight" as the reference does."""
    import cupy

    key = which, variant, int(cupy.cuda.runtime.getDevice())
    if key not in _verdicts:
        _verdicts[key] = _try(which, variant, kernel, g, planes)
        if not _verdicts[key]:
            warnings.warn(
                f"{variant.kernel} gives other numbers than its definition on this GPU and "
                "driver; convolutions run without it",
                ChainruleWarning,
                stacklevel=2,
            )
    return _verdicts[key]


def forget() -> None:
    """Try every kernel anew."""
    _verdicts.clear()


def _try(which: str, variant: Variant, kernel: Any, g: Geometry, planes: int) -> bool:
    few = g._replace(x=(min(FEW, g.x[0]), *g.x[1:]))
    rng = generator("trial", which)

    def drawn(*shape: int) -> Array:
        return placed(rng.standard_normal(shape, np.float32), np.float32)

    x, w, dy = drawn(*few.x), drawn(*few.w), drawn(few.x[0], *few.size, few.w[3])
    options, tiles = (g.stride, g.padding, g.dilation, 1), variant.constants
    with precision.using("bfloat16" if planes == 1 else "float32-strict"):
        if which == "forward":
            got = convolution.forward(kernel, tiles, few, x, w, planes)  # type: ignore[arg-type]
            truth = reference.conv2d(x, w, *options)
        elif which == "input":
            got = convolution.input_gradient(kernel, tiles, few, dy, w, planes)  # type: ignore[arg-type]
            truth = reference.conv2d_backward_input(dy, w, few.x[1:3], *options)  # type: ignore[arg-type]
        else:
            got = convolution.weight_gradient(kernel, tiles, few, dy, x, planes)  # type: ignore[arg-type]
            truth = reference.conv2d_backward_weight(dy, x, few.w[:2], *options)  # type: ignore[arg-type]
    return bool(abs(got - truth).max() <= TOLERANCE * abs(truth).max())
