"""The arrays that a layer owns: trained ones and remembered ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

import numpy as np

from ..device import Device
from ..errors import InputError
from ..types import Array

Initializer = Callable[[np.random.Generator, tuple[int, ...]], Array]


class Variable:
    """An array with a shape known from the start and a value drawn by ``Layer.init``."""

    __slots__ = ("_value", "dtype", "init", "shape")

    def __init__(
        self, shape: tuple[int, ...], init: Initializer, dtype: type[np.generic] = np.float32
    ) -> None:
        self.shape, self.init, self.dtype = shape, init, dtype
        self._value: Array | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self.shape))})"

    @property
    def value(self) -> Array:
        """The array, of ``shape``. InputError before it is drawn."""
        if self._value is None:
            raise InputError("the model has no weights yet: call model.init(seed) first")
        return self._value

    @value.setter
    def value(self, value: Array) -> None:
        self._value = value

    @property
    def drawn(self) -> bool:
        """Whether there is a value."""
        return self._value is not None

    @property
    def counts(self) -> bool:
        """Whether it is a counter, a key or a flag, one number for Python to read: on a GPU it
        would have to be waited for."""
        return not self.shape and np.dtype(self.dtype).kind != "f"

    def draw(self, rng: np.random.Generator) -> None:
        """Take the first value from the initializer."""
        self._value = np.array(self.init(rng, self.shape), self.dtype, order="C")

    def arrays(self) -> list[Array]:
        """What it holds: the array and, of a parameter, its gradient."""
        return [] if self._value is None else [self._value]

    def move(self, device: Device) -> None:
        """Bring the array to another device."""
        if not self.counts:
            self._value = device.put(self.value)


class Parameter(Variable):
    """A trained array and the gradient gathered for it since the last step.

    ``grad`` is None until a backward pass touches it. ``decay=False`` keeps weight decay away
    (biases, scales and shifts of norms). A ``frozen`` one takes no gradient, so that no optimizer
    changes it: see ``chainrule.transfer``.

    >>> import numpy as np
    >>> w = Parameter((2,), lambda rng, shape: np.ones(shape))
    >>> w.draw(np.random.default_rng(0))
    >>> w.accumulate(np.array([1.0, 2.0]))
    >>> w.accumulate(np.array([1.0, 2.0]))
    >>> w.value.tolist(), w.grad.tolist()
    ([1.0, 1.0], [2.0, 4.0])
    """

    __slots__ = ("_frozen", "decay", "grad")
    ever_frozen: ClassVar[bool] = False
    """Whether one has been frozen in this process. A step need not ask each of them until then,
    which would take a twentieth of the time of a small net's."""

    def __init__(self, shape: tuple[int, ...], init: Initializer, *, decay: bool = True) -> None:
        super().__init__(shape, init)
        self.decay = decay
        self._frozen = False
        self.grad: Array | None = None

    @property
    def frozen(self) -> bool:
        """Whether it takes no gradient."""
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._frozen = frozen
        Parameter.ever_frozen |= frozen

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """A copy, also in another process."""
        for name, value in state[1].items():
            setattr(self, name, value)
        Parameter.ever_frozen |= self._frozen

    def arrays(self) -> list[Array]:
        return super().arrays() + ([] if self.grad is None else [self.grad])

    def move(self, device: Device) -> None:
        """Bring the array and its gradient to another device."""
        super().move(device)
        self.grad = None if self.grad is None else device.put(self.grad)

    def accumulate(self, grad: Array) -> None:
        """Add to the gradient, unless frozen: a parameter used twice receives the sum of both."""
        if not self.frozen:
            self.grad = grad if self.grad is None else self.grad + grad
            if (hear := _listener.get()) is not None:
                hear(self)


_listener: ContextVar[Callable[[Parameter], None] | None] = ContextVar("listener", default=None)


@contextmanager
def on_gradient(hear: Callable[[Parameter], None]) -> Iterator[None]:
    """Inside, ``hear(parameter)`` is called whenever a backward pass has added to a gradient."""
    token = _listener.set(hear)
    try:
        yield
    finally:
        _listener.reset(token)


class Buffer(Variable):
    """An array that is saved with the model but not trained: running statistics, counters.

    >>> from chainrule import layers
    >>> isinstance(layers.BatchNorm(3).running_mean, Buffer)
    True
    """

    __slots__ = ()
