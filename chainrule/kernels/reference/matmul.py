"""The matrix product of a linear layer."""

from __future__ import annotations

from ...types import Array
from .rounding import multiply

__all__ = ["matmul"]


def matmul(a: Array, b: Array) -> Array:
    """y (M, N) = a (M, K) @ b (K, N), factors and sums as `precision` says"""
    return multiply(a, b)
