"""Muon: momentum, orthogonalised; for matrices and convolutions, with AdamW for the rest."""

from __future__ import annotations

import math
from typing import Literal

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt
from ..schedules import Schedule
from ..types import Array
from .adam import Adam
from .base import Optimizer
from .bundle import State
from .groups import Groups
from .sgd import SGD


class Muon(Optimizer):
    """m ← μ m + (1-μ) g        u = μ m + (1-μ) g  (without nesterov: u = m)
    w ← w - lr · scale · UVᵀ        where u = UΣVᵀ: every direction learns at the same speed

    UVᵀ is approached by ``ns_steps`` steps of Newton and Schulz with the polynomial
    3.4445 σ - 4.7750 σ³ + 2.0315 σ⁵, products of matrices and nothing else. Weights (in, out)
    of linear layers are taken as they are, those of convolutions as (kh · kw · in, out).

    **Arrays of one dimension or none (biases, scales and shifts of norms) take AdamW** with the
    same rate, β = (0.9, 0.999) and ε = 1e-8; `table` says which parameter has which rule. With
    ``rest="sgd"`` they take Nesterov's SGD of momentum ``rest_momentum``, and with
    ``linear=False`` so do the weights of linear layers: an output layer often learns better so.

    ``normalize_weights`` scales each weight that Muon moves to the norm √out before its step. With
    batch norm after the layer, that changes no output, and the rate stays in proportion.

    The scale, by ``adjust_lr_fn``:

        "match_rms_adamw"   0.2 √max(rows, columns): steps as large as AdamW's, so that a rate
                            and a weight decay that suit AdamW suit both rules (Liu et al. 2025)
        "original"          √max(1, columns / rows), of Jordan and PyTorch's default; rates near
                            0.02, which are too high for AdamW: give "*.bias" an ``lr_scale``

    InputError for an argument out of its range.

    Source: Jordan 2024, "Muon: an optimizer for hidden layers in neural networks"; the options
    ``rest``, ``linear`` and ``normalize_weights`` are those of his airbench94_muon.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.Muon(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.89, -0.89]
    """

    config_name = "muon"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-3,
        *,
        momentum: Fraction = 0.95,
        nesterov: bool = True,
        ns_steps: PositiveInt = 5,
        adjust_lr_fn: Literal["match_rms_adamw", "original"] = "match_rms_adamw",
        normalize_weights: bool = False,
        linear: bool = True,
        rest: Literal["adamw", "sgd"] = "adamw",
        rest_momentum: Fraction = 0.9,
        weight_decay: NonNegativeFloat = 0.1,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.momentum, self.nesterov, self.ns_steps = momentum, nesterov, ns_steps
        self.adjust_lr_fn, self.normalize_weights = adjust_lr_fn, normalize_weights
        self.linear, self.rest, self.rest_momentum = linear, rest, rest_momentum
        # of these two, the functions about one array; they hold no state of their own
        sgd = SGD(momentum=rest_momentum, nesterov=rest_momentum > 0)
        self._other: Optimizer = sgd if rest == "sgd" else Adam()

    def start(self, w: Array) -> State:
        if not self._takes(w):
            return self._other.start(w)
        return {"momentum": namespace(w).zeros_like(w)}

    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        if not self._takes(w):
            self._other.update(w, grad, state, lr, weight_decay, step)
            return
        if self.normalize_weights and lr:
            size = float(namespace(w).linalg.norm(w)) or 1.0
            w *= w.dtype.type(math.sqrt(w.shape[-1]) / size)
        kernels.of(w).muon(
            w, grad, state["momentum"], lr, self.momentum, self.nesterov, self.ns_steps,
            self._scale(w), weight_decay,
        )  # fmt: skip

    def rule(self, w: Array) -> str:
        if self._takes(w):
            return "Muon"
        return "SGD" if self.rest == "sgd" else "AdamW"

    def _takes(self, w: Array) -> bool:
        """Whether its step is orthogonalized."""
        return w.ndim > 2 or (w.ndim == 2 and self.linear)

    def _scale(self, w: Array) -> float:
        columns = w.shape[-1]
        rows = max(1, w.size // max(1, columns))
        if self.adjust_lr_fn == "original":
            return math.sqrt(max(1.0, columns / rows))
        return 0.2 * math.sqrt(max(rows, columns))
