"""Penalties on the weights, part of the loss: their gradient joins that of the data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import require
from .arrays import namespace
from .layers.variables import Parameter
from .public import publish
from .sums import sum_of_squares


class Penalty(ABC):
    """A number to add to the loss that depends on the weights alone.

    >>> from chainrule import penalties
    >>> isinstance(penalties.L2(1e-4), Penalty)
    True
    """

    @abstractmethod
    def __call__(self, parameters: Sequence[tuple[str, Parameter]]) -> float:
        """The penalty; its gradient is added to each parameter's ``grad``."""


@dataclass(frozen=True)
class L2(Penalty):
    """R = ½ reg Σ W²        dR/dW = reg W

    Over every parameter that decays and is not frozen: biases, scales and shifts are left alone.
    For plain SGD this equals weight decay of the same size; for Adam it does not, since Adam
    divides the gradient's size away (Loshchilov and Hutter 2019).

    W of any shape. InputError for a ``reg`` below 0.

    >>> import numpy as np
    >>> from chainrule.layers import Linear, named_parameters
    >>> layer = Linear(2, 1, init=lambda rng, shape: np.ones(shape)).init(0)
    >>> L2(0.5)(named_parameters(layer))
    0.5
    """

    reg: float

    def __post_init__(self) -> None:
        require.not_negative(reg=self.reg)

    def __call__(self, parameters: Sequence[tuple[str, Parameter]]) -> float:
        total = 0.0
        for _, parameter in parameters:
            if parameter.decay and not parameter.frozen:
                w = parameter.value
                total += sum_of_squares(w)
                parameter.accumulate(w.dtype.type(self.reg) * w)
        return 0.5 * self.reg * total


@dataclass(frozen=True)
class L1(Penalty):
    """R = reg Σ |W|        dR/dW = reg sign(W)

    Over every parameter that decays and is not frozen. At W = 0, where any slope from -reg to reg
    is a subgradient, 0 is taken: a weight that is exactly zero is left there, but a gradient step
    seldom lands on zero, so small weights are not pruned by themselves.

    W of any shape. InputError for a ``reg`` below 0.

    Source: Tibshirani 1996, "Regression shrinkage and selection via the lasso".

    >>> import numpy as np
    >>> from chainrule.layers import Linear, named_parameters
    >>> layer = Linear(2, 1, init=lambda rng, shape: np.ones(shape)).init(0)
    >>> L1(0.5)(named_parameters(layer))
    1.0
    """

    reg: float

    def __post_init__(self) -> None:
        require.not_negative(reg=self.reg)

    def __call__(self, parameters: Sequence[tuple[str, Parameter]]) -> float:
        total = 0.0
        for _, parameter in parameters:
            if parameter.decay and not parameter.frozen:
                w = parameter.value
                total += float(abs(w).sum(dtype=np.float64))
                parameter.accumulate(w.dtype.type(self.reg) * namespace(w).sign(w))
        return self.reg * total


@dataclass(frozen=True)
class Sum(Penalty):
    """R = R₁ + R₂ + …        dR/dW = dR₁/dW + dR₂/dW + …

    Of an L1 and an L2 penalty this is the elastic net (Zou and Hastie 2005).

    >>> import numpy as np
    >>> from chainrule.layers import Linear, named_parameters
    >>> layer = Linear(2, 1, init=lambda rng, shape: np.ones(shape)).init(0)
    >>> Sum((L1(0.5), L2(0.5)))(named_parameters(layer))
    1.5
    """

    parts: tuple[Penalty, ...]

    def __call__(self, parameters: Sequence[tuple[str, Parameter]]) -> float:
        return sum((part(parameters) for part in self.parts), 0.0)


publish(globals())
