"""Limits on the gradient before the update, and a count of how often they were needed."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..arrays import namespace
from ..declared import registry
from ..layers.variables import Parameter
from ..ranges import PositiveFloat
from ..sums import norm
from ..text import plural
from ..types import Array
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer

Named = Sequence[tuple[str, Parameter]]


class Clip(Callback):
    """Clips each step's gradient. Give it before ``StopOnNonFinite``, in the order of callbacks.

    ``clipped`` counts the steps in which something was cut, ``seen`` all steps; both go into
    the checkpoint. A NaN or an infinity is left for ``StopOnNonFinite`` to name.
    """

    def __init__(self, limit: PositiveFloat = 1.0) -> None:
        self.limit = limit
        self.clipped = self.seen = 0

    @abstractmethod
    def clip(self, parameters: Named) -> bool:
        """Replace the gradients that are too large; whether there was one."""

    def on_gradient(self, trainer: Trainer) -> None:
        self.seen += 1
        self.clipped += self.clip(trainer.parameters)

    precedes_average = True
    kinds: ClassVar[Mapping[str, Any]] = {"clipped": int, "seen": int}

    def state(self) -> dict[str, Any]:
        return {"clipped": self.clipped, "seen": self.seen}

    def __str__(self) -> str:
        """ "ClipGlobalNorm(5.0): 12 of 340 steps clipped" """
        steps = plural(self.seen, "step")
        return f"{type(self).__name__}({self.limit}): {self.clipped} of {steps} clipped"


class ClipValue(Clip):
    """g ← min(max(g, -limit), limit), entry by entry: it turns the gradient's direction

    g of any shape. InputError unless ``limit`` is positive.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.grad = np.array([3.0, 4.0])
    >>> ClipValue(3.5).clip([("w", w)]), w.grad.tolist()
    (True, [3.0, 3.5])
    """

    config_name = "value"

    def clip(self, parameters: Named) -> bool:
        clipped = False
        for _, parameter, grad in _gradients(parameters):
            xp = namespace(grad)
            if (abs(grad) > self.limit).any() and xp.isfinite(grad).all():
                parameter.grad = xp.clip(grad, -self.limit, self.limit)
                clipped = True
        return clipped


class ClipNorm(Clip):
    """g ← g · min(1, limit / ‖g‖) for each parameter's array on its own

    g of any shape. InputError unless ``limit`` is positive.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.grad = np.array([3.0, 4.0])
    >>> ClipNorm(2.5).clip([("w", w)]), w.grad.tolist()
    (True, [1.5, 2.0])
    """

    config_name = "norm"

    def clip(self, parameters: Named) -> bool:
        clipped = False
        for _, parameter, grad in _gradients(parameters):
            size = norm(grad)
            if self.limit < size < math.inf:
                parameter.grad = grad * (self.limit / size)
                clipped = True
        return clipped


class ClipGlobalNorm(Clip):
    """g ← g · min(1, limit / ‖all gradients as one vector‖): the direction stays

    ``norm`` is that of the last step, before the cut. PyTorch adds 1e-6 to the norm that it
    divides by, which is not done here.

    InputError unless ``limit`` is positive.

    Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural
    networks".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.grad = np.array([3.0, 4.0])
    >>> v = cr.Parameter((1,), cr.initializers.zeros)
    >>> v.grad = np.array([12.0])
    >>> clip = ClipGlobalNorm(6.5)
    >>> clip.clip([("w", w), ("v", v)]), clip.norm, w.grad.tolist(), v.grad.tolist()
    (True, 13.0, [1.5, 2.0], [6.0])
    """

    config_name = "global-norm"

    norm = 0.0

    def clip(self, parameters: Named) -> bool:
        self.norm = math.hypot(*(norm(grad) for _, _, grad in _gradients(parameters)))
        if not self.limit < self.norm < math.inf:
            return False
        for _, parameter, grad in _gradients(parameters):
            parameter.grad = grad * (self.limit / self.norm)
        return True


def _gradients(parameters: Named) -> list[tuple[str, Parameter, Array]]:
    return [(path, p, p.grad) for path, p in parameters if p.grad is not None]


CLIPS: dict[str, type[Clip]] = registry(Clip, globals())
"""By the names that settings have."""
