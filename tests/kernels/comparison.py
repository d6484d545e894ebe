"""What a kernel gives beside its definition, the reference in float64."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from chainrule.kernels import REFERENCE

from .cases import EXACT, Arguments
from .norm_relu_cases import NORM_RELU_CASES

CANCELLING = {"bias_norm_relu_backward", "normalize_backward"}
CANCELLING |= {name for name in NORM_RELU_CASES if "backward" in name}


def outputs(kernel: Any, arguments: Arguments) -> list[Any]:
    """What a kernel returns, followed by its arguments as it left them."""
    arguments = copy.deepcopy(arguments)
    result = kernel(*arguments)
    returned = list(result) if isinstance(result, tuple) else [result]
    return returned + [a for a in arguments if isinstance(a, np.ndarray)]


def widened(arguments: Arguments) -> Arguments:
    return tuple(
        a.astype(np.float64) if isinstance(a, np.ndarray) and a.dtype == np.float32 else a
        for a in arguments
    )


def cancelled(name: str, arguments: Arguments) -> float:
    """A norm's dx is a difference of numbers of size γ dy / σ, and has their rounding."""
    if name not in CANCELLING:
        return 0.0
    named = inspect.signature(getattr(REFERENCE, name)).bind(*arguments).arguments
    dy, gamma, var, eps = (named[key] for key in ("dy", "gamma", "var", "eps"))
    return float(np.abs(dy).max() * np.abs(gamma).max() / np.sqrt(var.min() + eps))


def compare(name: str, arguments: Arguments, got: list[Any], rtol: float, array: type) -> None:
    """Assert that ``got``, in which arrays are of the class ``array``, is what ``name`` defines."""
    rough = outputs(getattr(REFERENCE, name), arguments)
    exact = outputs(getattr(REFERENCE, name), widened(arguments))
    for mine, theirs, truth in zip(got, rough, exact, strict=True):
        if isinstance(theirs, np.ndarray):
            assert type(mine) is array
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
        else:
            assert type(mine) is type(theirs)
        if name in EXACT:
            np.testing.assert_array_equal(mine, theirs)
        elif truth is not None:
            scale = max(np.abs(truth).max(initial=0), cancelled(name, arguments))
            np.testing.assert_allclose(mine, truth, rtol=rtol, atol=4 * rtol * scale)
