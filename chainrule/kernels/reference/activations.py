"""Functions of one element, and how a gradient passes back through them."""

from __future__ import annotations

import numpy as np

from ...types import Array

__all__ = ["relu", "relu_backward"]


def relu(x: Array) -> Array:
    """y = max(x, 0)"""
    return np.maximum(x, 0)


def relu_backward(dy: Array, y: Array) -> Array:
    """dx = dy where y > 0, else 0. At x = 0 the subgradient 0 is taken."""
    return np.where(y > 0, dy, 0)
