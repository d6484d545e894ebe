"""What an optimiser is: two small functions about one array, and the walk over all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import InputError
from ..layers.variables import Parameter
from ..schedules import Schedule, as_schedule
from ..types import Array

State = dict[str, Array]


class Optimizer(ABC):
    """Changes each parameter against its gradient.

    ``lr`` is a number or a schedule, a function of the number of steps taken. ``weight_decay``
    is decoupled, w ← w - lr λ w (Loshchilov and Hutter 2019), and leaves alone the parameters
    that say ``decay=False``; for a penalty in the loss see ``chainrule.penalties``.
    """

    def __init__(self, lr: float | Schedule, *, weight_decay: float = 0.0) -> None:
        if weight_decay < 0:
            raise InputError(f"weight_decay: expected 0 or more, received {weight_decay}")
        self.schedule = as_schedule(lr)
        self.weight_decay = weight_decay
        self.steps = 0
        self._states: dict[str, State] = {}

    @property
    def lr(self) -> float:
        """The learning rate of the coming step."""
        return self.schedule(self.steps)

    @abstractmethod
    def start(self, w: Array) -> State:
        """The state that goes with one array before its first update."""

    @abstractmethod
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        """Change ``w`` and ``state`` in place. ``step`` counts from 1."""

    def step(self, parameters: Sequence[tuple[str, Parameter]]) -> None:
        """Update every (path, parameter) that has a gradient, and spend the gradients."""
        lr = self.lr
        self.steps += 1
        for path, parameter in parameters:
            if parameter.grad is None:
                continue
            w = parameter.value
            if path not in self._states:
                self._states[path] = self.start(w)
            decay = self.weight_decay if parameter.decay else 0.0
            self.update(w, parameter.grad, self._states[path], lr, decay, self.steps)
            parameter.grad = None

    def state(self) -> State:
        """All state arrays as ``path/name``, and the number of steps."""
        arrays = {f"{p}/{n}": a for p, s in self._states.items() for n, a in s.items()}
        return arrays | {"steps": np.array(self.steps)}

    def load_state(self, state: Mapping[str, Array]) -> None:
        self._states = {}
        for key, array in state.items():
            if key == "steps":
                self.steps = int(array)
            else:
                path, name = key.rsplit("/", 1)
                self._states.setdefault(path, {})[name] = array.copy()
