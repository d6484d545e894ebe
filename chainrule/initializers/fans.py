"""How many numbers a weight brings together.

Weights are (in, out) or (kh, kw, in, out): the last axis is the output, and

    fan_in  = all axes but the last        numbers that each output sums
    fan_out = all axes but the last two, times the last        outputs that each input feeds

Of a convolution in groups ``in`` is the inputs of one group, so fan_in is exact, and fan_out
counts the outputs of all groups, as PyTorch's does.
"""

from __future__ import annotations

import math

from ..declared import checked
from ..errors import InputError

Shape = tuple[int, ...]


@checked
def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight shape: the inputs that an output sums over, and the outputs
    that an input goes into. InputError below two axes: a bias has no fans.

    >>> fans((3, 3, 16, 32)), fans((784, 10))
    ((144, 288), (784, 10))
    """
    if len(shape) < 2:
        raise InputError(
            f"shape: expected a weight of 2 or more axes, since fans are counted, received {shape}"
        )
    receptive = math.prod(shape[:-2])
    return receptive * shape[-2], receptive * shape[-1]
