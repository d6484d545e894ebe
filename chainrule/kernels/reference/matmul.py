"""The matrix product of a linear layer."""

from __future__ import annotations

from ...types import Array

__all__ = ["matmul"]


def matmul(a: Array, b: Array) -> Array:
    """y (M, N) = a (M, K) @ b (K, N)"""
    y: Array = a @ b
    return y
