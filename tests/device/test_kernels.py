"""Every reference kernel on strict arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule import kernels
from chainrule.arrays import is_on_gpu
from chainrule.device import device, on_host
from chainrule.kernels import precision

from ..kernels.cases import CASES


def put(x: Any) -> Any:
    return device("gpu").put(x) if isinstance(x, np.ndarray) else x


def fetched(x: Any) -> Any:
    """Arrays of a GPU as NumPy's, also inside of tuples."""
    if isinstance(x, tuple):
        return tuple(map(fetched, x))
    return on_host(x) if is_on_gpu(x) else x


PRODUCTS = ("matmul", "conv2d", "conv2d_backward_weight", "conv2d_backward_input")
EVERY = [(name, "float32") for name in CASES]
EVERY += [(name, how) for name in PRODUCTS for how in ("bfloat16", "bf16x3")]


@pytest.mark.parametrize(("name", "how"), EVERY)
def test_a_kernel_gives_the_numbers_of_numpy(name, how, rng, gpu):
    kernel = getattr(kernels.REFERENCE, name)
    given = CASES[name](rng, (3, 5, 4, 6))
    here = [x.copy() if isinstance(x, np.ndarray) else x for x in given]
    there = [put(x) for x in given]
    with precision.using(how):
        expected, found = kernel(*here), kernel(*there)
    for one, other in zip((*here, expected), (*there, found), strict=True):  # some write into one
        np.testing.assert_equal(fetched(other), one)
