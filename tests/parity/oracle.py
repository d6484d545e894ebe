"""PyTorch as the oracle: arrays over and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule.layers import Layer, named_parameters
from chainrule.types import Array

torch = pytest.importorskip("torch")

# float32 differs by the order of sums; float64 must agree to rounding.
RTOL = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}

DTYPES = [np.float32, np.float64]


def tensor(x: Array, *, grad: bool = False) -> torch.Tensor:
    return torch.tensor(x, requires_grad=grad)


def assert_agree(ours: Any, theirs: torch.Tensor, scale: float | None = None) -> None:
    """Equal to the dtype's tolerance, relative to the largest number (or ``scale``)."""
    truth = theirs.detach().numpy()
    rtol = RTOL[truth.dtype]
    largest = float(np.abs(truth).max(initial=0)) if scale is None else scale
    np.testing.assert_allclose(ours, truth, rtol=rtol, atol=rtol * largest)


def grads(layer: Layer) -> dict[str, Array]:
    return {path: parameter.grad for path, parameter in named_parameters(layer)}


def channels_first(x: torch.Tensor) -> torch.Tensor:
    """(N, H, W, C) as PyTorch's (N, C, H, W)."""
    return x.permute(0, 3, 1, 2) if x.ndim == 4 else x


def channels_last(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x
