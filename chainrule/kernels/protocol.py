"""Every kernel on one page. ``reference/`` defines them; ``cpu/`` replaces what it makes faster.

A kernel takes and returns arrays and numbers, never layers, and writes into no argument
except where it says so (the optimisers' updates).
"""

from __future__ import annotations

from typing import Protocol

from ..types import Array


class Kernels(Protocol):
    # activations
    def relu(self, x: Array) -> Array: ...
    def relu_backward(self, dy: Array, y: Array) -> Array: ...

    # dropout: forward and backward are the same function of x or dy
    def dropout(self, x: Array, rate: float, key: int) -> Array: ...

    # normalisation over axes 1 and 3 of (B, S, G, K)
    def normalize(
        self, x: Array, gamma: Array, beta: Array, eps: float
    ) -> tuple[Array, Array, Array]: ...
    def normalize_backward(
        self, dy: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
    ) -> tuple[Array, Array, Array]: ...
    def scale_shift(self, x: Array, scale: Array, shift: Array) -> Array: ...

    # losses
    def softmax_cross_entropy(
        self, logits: Array, labels: Array, smoothing: float
    ) -> tuple[float, Array]: ...

    # updates, in place
    def sgd(
        self, w: Array, grad: Array, v: Array, lr: float, momentum: float, nesterov: bool,
        weight_decay: float,
    ) -> None: ...  # fmt: skip
    def adam(
        self, w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, beta1: float,
        beta2: float, eps: float, weight_decay: float,
    ) -> None: ...  # fmt: skip
