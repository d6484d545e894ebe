"""Muon by its definition, with matrix products on the threads that ``matmul`` chooses."""

from __future__ import annotations

from ...types import Array
from ..reference.updates_muon import update
from .matmul import matmul

__all__ = ["muon"]


def muon(
    w: Array, grad: Array, m: Array, lr: float, momentum: float, nesterov: bool, ns_steps: int,
    scale: float, weight_decay: float,
) -> None:  # fmt: skip
    update(matmul, w, grad, m, lr, momentum, nesterov, ns_steps, scale, weight_decay)
