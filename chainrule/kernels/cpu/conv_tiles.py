"""Convolution on AMX tiles: in bfloat16, or in three products of the two halves of float32.

None where three products met a number that is not finite in bfloat16: beside infinity no low part
makes up for what rounding leaves, and the algorithms for float32 have to serve.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from .. import precision
from ..geometry import Padding, Pair, Window, output_sizes, window
from . import workspace
from .amx.convolution import Part, convolve
from .amx.registers import usable as usable
from .amx.weight_gradient import gradient


def terms() -> int:
    """Products of bfloat16 for one of float32, in the precision of the calling thread.

    Three unless it is "bfloat16", also where these kernels are asked for by name.
    """
    return 1 if precision.current() == "bfloat16" else 3


def conv2d(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array | None:
    size = output_sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    y = workspace.empty((len(x), *size, w.shape[3]))
    part = Part(
        window(w.shape[:2], stride, padding, dilation), np.ascontiguousarray(w), False, size, (0, 0)
    )
    return y if convolve(x, [part], y, (1, 1), terms()) else None


def conv2d_backward_input(
    dy: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int,
) -> Array | None:  # fmt: skip
    """Pixels of dx that lie ``stride`` apart meet the same taps: a convolution for each phase q.

    Tap a of window i lies on pixel i s - top + a d. For pixel q + s m that is window
    i = m + (q + top - a d) / s, for those a that leave no rest.
    """
    dx = workspace.empty((len(dy), *size, w.shape[2]))
    w, (top, _), (left, _) = np.ascontiguousarray(w), *padding
    parts = []
    for q in range(min(stride[0], size[0])):
        rows, above, down = _taps(w.shape[0], q + top, stride[0], dilation[0])
        for r in range(min(stride[1], size[1])):
            columns, before, across = _taps(w.shape[1], r + left, stride[1], dilation[1])
            part = w[rows][:, columns]
            seen = Window(part.shape[0], part.shape[1], 1, 1, above, before, down, across)
            apart = -(-(size[0] - q) // stride[0]), -(-(size[1] - r) // stride[1])
            parts.append(Part(seen, part, True, apart, (q, r)))
    return dx if convolve(dy, parts, dx, stride, terms()) else None


def _taps(kernel: int, place: int, stride: int, dilation: int) -> tuple[slice, int, int]:
    """The taps a, the last first, for which place - a · dilation is a multiple of the stride.

    With them how far before m the first of them lies, and how far apart they are.
    """
    taps = [a for a in range(kernel) if (place - a * dilation) % stride == 0]
    if not taps:
        return slice(0, 0), 0, 1
    step = taps[1] - taps[0] if len(taps) > 1 else 1
    stop = taps[0] - 1
    every = slice(taps[-1], None if stop < 0 else stop, -step)
    return every, -((place - taps[-1] * dilation) // stride), step * dilation // stride or 1


def conv2d_backward_weight(
    dy: Array, x: Array, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array | None:
    return gradient(dy, x, kernel, window(kernel, stride, padding, dilation), terms())
