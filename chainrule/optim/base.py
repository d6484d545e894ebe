"""What an optimizer is: two small functions about one array, and the walk over all of them."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from ..declared import Checked, checked
from ..device import beside
from ..errors import InputError
from ..hints import Hinted
from ..notation import Text
from ..printable import received
from ..ranges import NonNegativeFloat, PositiveFloat
from ..schedules import Constant, Schedule, as_schedule
from ..types import Array
from .bundle import Bundle, Named, State, bundles
from .groups import Groups, Options, check_groups, resolve
from .table import table

STEPS = "steps"


class Optimizer(Checked, Hinted, ABC):
    """Changes each parameter against its gradient.

    lr            a number or a schedule, a function of the number of steps taken
    weight_decay  λ, decoupled: w ← w - lr λ w (Loshchilov and Hutter 2019). It leaves alone the
                  parameters that say ``decay=False``; for a penalty in the loss see
                  ``chainrule.penalties``
    groups        other options for the parameters whose path fits a pattern, see
                  ``chainrule.optim.groups``:

                      Adam(1e-3, groups={"*.bias": {"weight_decay": 0.01},
                                         "layers.0.*": {"lr_scale": 0.1}})

    The optimizer's own ``lr_scale`` is a factor of every rate;
    `chainrule.training.ReduceOnPlateau` turns it down.

    A parameter without a gradient is left out of a step: its weights and state stay, and its own
    count of steps, by which Adam and its kin correct their averages, does not move, as in PyTorch.
    So one that is frozen at first starts like a new one. ``steps`` counts the calls of `step`;
    schedules go by it. A parameter with ``lr_scale`` 0 keeps its weights, but its state and its
    count move on.

    InputError for an argument out of its range, and for an unknown option in ``groups``.

    >>> from chainrule import optim
    >>> isinstance(optim.Adam(1e-3), Optimizer), sorted(optim.OPTIMIZERS)[:3]
    (True, ['adadelta', 'adagrad', 'adam'])
    """

    described = "an optimizer"

    def __init__(
        self,
        lr: PositiveFloat | Schedule,
        *,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        self.schedule = as_schedule(lr)
        self.weight_decay = weight_decay
        self.groups = check_groups(groups or {})
        self.lr_scale = 1.0
        self.steps = 0
        self._options: dict[str, Options] = {}
        self._bundles: list[Bundle] = []  # of the parameters of the last step, with their state
        self._bundled: Named | None = None
        self._states: dict[str, State] = {}  # of the others
        self._counts: dict[str, int] = {}  # the steps that each of those has taken

    @property
    def lr(self) -> float:
        """The learning rate of the coming step, before the factors of the groups."""
        return float(self.schedule(self.steps)) * self.lr_scale

    @abstractmethod
    def start(self, w: Array) -> State:
        """The state of one array before its first update: arrays by name, of any shape."""

    @abstractmethod
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        """Change ``w`` and ``state`` in place. ``grad`` is of the shape of ``w``, any shape;
        ``step`` counts the parameter's own, from 1.

        A rule that moves each entry on its own says so with `chainrule.optim.bundle.elementwise`,
        and is then given many small arrays as one row.
        """

    @checked
    def bind(self, parameters: Named) -> dict[str, Options]:
        """The options of each path, from now on. InputError for a pattern that fits no path."""
        self._options = resolve(self.groups, parameters, self.weight_decay)
        self._bundled = None
        return self._options

    def step(self, parameters: Named) -> None:
        """Update every (path, parameter) that has a gradient, and clear the gradients."""
        try:
            present = [named for named in parameters if named[1].grad is not None]
        except (AttributeError, IndexError, TypeError):
            raise InputError(
                "parameters: expected those of a model, as cr.layers.named_parameters(model), "
                f"received {received(parameters)}"
            ) from None
        if present != self._bundled:
            self._bundle(present, parameters)
        rates = [self._rate(bundle.options) for bundle in self._bundles]
        self.steps += 1
        for bundle, rate in zip(self._bundles, rates, strict=True):
            bundle.step(self.update, rate)

    def _rate(self, options: Options) -> float:
        """The learning rate of the coming step for the parameters with these options."""
        return options.rate(self.lr, int(self.schedule.planned(self.steps)), self.lr_scale)

    def _bundle(self, present: Named, parameters: Named) -> None:
        """Lay out the parameters that have a gradient; what was learned about any is kept."""
        if any(path not in self._options for path, _ in parameters):
            self.bind(parameters)
        self._states, self._counts = self._every_state(), self._every_count()
        for path, parameter in present:
            w = parameter.value
            if path not in self._states:
                self._states[path] = self.start(w)
            self._states[path] = {n: beside(w, a) for n, a in self._states[path].items()}
            self._counts.setdefault(path, 0)
        together = getattr(type(self).update, "elementwise", False)
        self._bundles = bundles(
            present, self._options, self._states, self._counts, together=together
        )
        self._bundled = present
        for path, _ in present:
            del self._states[path], self._counts[path]

    def _every_state(self) -> dict[str, State]:
        states = dict(self._states)
        for bundle in self._bundles:
            states |= bundle.states()
        return states

    def _every_count(self) -> dict[str, int]:
        counts = dict(self._counts)
        for bundle in self._bundles:
            counts |= {path: bundle.steps for path, _ in bundle.members}
        return counts

    def rule(self, w: Array) -> str:
        """The name of the update rule that an array of this shape gets; ``w`` is of any shape."""
        return type(self).__name__

    @checked
    def table(self, parameters: Named) -> Text:
        """What each parameter gets in the coming step, as text: path, shape, rule, rate, decay."""
        return Text(table(self.bind(parameters), parameters, self.rule, self._rate))

    def state(self) -> State:
        """All state arrays by name, ``path/name``, each parameter's steps as ``path/steps``, and
        the number of steps in all as ``steps``."""
        arrays = {f"{p}/{n}": a for p, s in self._every_state().items() for n, a in s.items()}
        counts = {f"{path}/{STEPS}": np.array(n) for path, n in self._every_count().items()}
        return arrays | counts | {STEPS: np.array(self.steps)}

    @checked
    def load_state(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` gave, arrays by name. One of a time when there was a single
        count, that of all steps, gives it to every parameter. InputError for a count that is none.
        """
        self._states, self._counts, self._bundles, self._bundled = {}, {}, [], None
        for key, array in state.items():
            if key == STEPS:
                self.steps = _count(key, array)
                continue
            path, name = key.rsplit("/", 1)
            if name == STEPS:
                self._counts[path] = _count(key, array)
            else:
                self._states.setdefault(path, {})[name] = array.copy()
        for path in self._states:
            self._counts.setdefault(path, self.steps)

    def __repr__(self) -> str:
        schedule = self.schedule
        shown = [repr(schedule.lr if isinstance(schedule, Constant) else schedule)]
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if name == "lr":
                continue
            value = getattr(self, name)
            if value != parameter.default and (name, value) != ("groups", {}):
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _count(key: str, array: Array) -> int:
    """A number of steps from a file. InputError unless it is a whole number of 0 or more."""
    if array.size != 1 or array.dtype.kind not in "iu" or array.item() < 0:
        raise InputError(f"{key}: expected a whole number of steps, received {array.tolist()!r}")
    return int(array.item())
